import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  DeleteAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
  StartInstanceRefreshCommand,
} from "@aws-sdk/client-auto-scaling";
import { CreateLaunchTemplateCommand, CreateLaunchTemplateVersionCommand, EC2Client } from "@aws-sdk/client-ec2";
import { SSMClient, paginateGetParametersByPath } from "@aws-sdk/client-ssm";

/** Calls of AWS's API that the provider makes for launch templates and Auto Scaling groups. */
export class Fleet {
  readonly #ec2: EC2Client;
  readonly #ssm: SSMClient;
  readonly #autoScaling: AutoScalingClient;

  constructor(region: string) {
    this.#ec2 = new EC2Client({ region });
    this.#ssm = new SSMClient({ region });
    this.#autoScaling = new AutoScalingClient({ region });
  }

  /** The parameters below a path, as the data source reads them. */
  async parameters(path: string): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for await (const { Parameters = [] } of paginateGetParametersByPath({ client: this.#ssm }, { Path: path })) {
      for (const { Name = "", Value = "" } of Parameters) found.set(Name, Value);
    }
    return found;
  }

  /** Gives a group a launch template with an image; one that exists gets a new version, and its instances are replaced. */
  async launch(group: string, image: string): Promise<void> {
    const template = await this.#templateOf(group);
    const LaunchTemplateData = { ImageId: image };
    if (template === undefined) {
      const { LaunchTemplate } = await this.#ec2.send(
        new CreateLaunchTemplateCommand({ LaunchTemplateName: group, LaunchTemplateData }),
      );
      await this.#create(group, { LaunchTemplateId: LaunchTemplate?.LaunchTemplateId, Version: "1" });
      return;
    }
    const { LaunchTemplateVersion } = await this.#ec2.send(
      new CreateLaunchTemplateVersionCommand({ LaunchTemplateId: template, LaunchTemplateData }),
    );
    // ministack replaces no instances and ignores the launch template of an update: the group is made anew instead.
    await this.#autoScaling.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: group, ForceDelete: true }));
    await this.#create(group, {
      LaunchTemplateId: template,
      Version: String(LaunchTemplateVersion?.VersionNumber ?? ""),
    });
    await this.#autoScaling.send(new StartInstanceRefreshCommand({ AutoScalingGroupName: group }));
  }

  async #templateOf(group: string): Promise<string | undefined> {
    const { AutoScalingGroups = [] } = await this.#autoScaling.send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [group] }),
    );
    return AutoScalingGroups[0]?.LaunchTemplate?.LaunchTemplateId;
  }

  async #create(name: string, template: { LaunchTemplateId: string | undefined; Version: string }): Promise<void> {
    await this.#autoScaling.send(
      new CreateAutoScalingGroupCommand({
        AutoScalingGroupName: name,
        LaunchTemplate: template,
        MinSize: 1,
        MaxSize: 2,
        AvailabilityZones: ["eu-west-1a", "eu-west-1b"],
      }),
    );
  }
}
