import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DescribeImagesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeSnapshotsCommand,
  EC2Client,
  type Image,
  RegisterImageCommand,
} from "@aws-sdk/client-ec2";
import { GetParameterHistoryCommand, type ParameterHistory, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";

/** An account in the emulator, seen with the eyes of a test: not through the code that is tested. */
export class Account {
  readonly ec2: EC2Client;
  readonly ssm: SSMClient;
  readonly autoScaling: AutoScalingClient;

  /** @param id 12 digits: ministack takes an access key of this form for the account's number */
  constructor(
    readonly endpoint: string,
    readonly id: string,
  ) {
    const credentials = { accessKeyId: id, secretAccessKey: "none" };
    const config = { endpoint, region: "eu-west-1", credentials };
    this.ec2 = new EC2Client(config);
    this.ssm = new SSMClient(config);
    this.autoScaling = new AutoScalingClient(config);
  }

  close(): void {
    for (const client of [this.ec2, this.ssm, this.autoScaling]) client.destroy();
  }

  /** The images that the account owns */
  async images(): Promise<Image[]> {
    const { Images = [] } = await this.ec2.send(new DescribeImagesCommand({ Owners: ["self"] }));
    return Images;
  }

  /** The tags of an image */
  async tagsOf(image: string): Promise<Record<string, string>> {
    const { Images = [] } = await this.ec2.send(new DescribeImagesCommand({ ImageIds: [image] }));
    return Object.fromEntries((Images[0]?.Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
  }

  /** Ids of the snapshots that the account owns */
  async snapshots(): Promise<string[]> {
    const { Snapshots = [] } = await this.ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ["self"] }));
    return Snapshots.map(({ SnapshotId = "" }) => SnapshotId);
  }

  /** Ids of an image's snapshots */
  async snapshotsOf(image: string): Promise<string[]> {
    const { Images = [] } = await this.ec2.send(new DescribeImagesCommand({ ImageIds: [image] }));
    return (Images[0]?.BlockDeviceMappings ?? []).flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []);
  }

  /** Writes the image parameter of imagery, as an earlier release would have. */
  async publish(image: string, environment = "dev"): Promise<void> {
    const Name = `/steadfast/${environment}/images/imagery`;
    await this.ssm.send(
      new PutParameterCommand({ Name, Value: image, Type: "String", DataType: "aws:ec2:image", Overwrite: true }),
    );
  }

  /** Every value that the image parameter of imagery has had, the oldest first; none when there is no parameter */
  async publications(environment = "dev"): Promise<ParameterHistory[]> {
    try {
      const { Parameters = [] } = await this.ssm.send(
        new GetParameterHistoryCommand({ Name: `/steadfast/${environment}/images/imagery` }),
      );
      return Parameters;
    } catch (error) {
      if (error instanceof Error && error.name === "ParameterNotFound") return [];
      throw error;
    }
  }

  /** The images that the groups launch, by the groups' names */
  async running(): Promise<Record<string, string | undefined>> {
    const { AutoScalingGroups = [] } = await this.autoScaling.send(new DescribeAutoScalingGroupsCommand({}));
    const images = AutoScalingGroups.map(async ({ AutoScalingGroupName = "", LaunchTemplate }) => {
      const { LaunchTemplateVersions = [] } = await this.ec2.send(
        new DescribeLaunchTemplateVersionsCommand({
          LaunchTemplateId: LaunchTemplate?.LaunchTemplateId,
          Versions: [LaunchTemplate?.Version ?? ""],
        }),
      );
      return [AutoScalingGroupName, LaunchTemplateVersions[0]?.LaunchTemplateData?.ImageId] as const;
    });
    return Object.fromEntries(await Promise.all(images));
  }

  /** A snapshot of an empty disk */
  async snapshot(tags: Readonly<Record<string, string>>): Promise<string> {
    const volume = await this.ec2.send(new CreateVolumeCommand({ AvailabilityZone: "eu-west-1a", Size: 8 }));
    const { SnapshotId = "" } = await this.ec2.send(
      new CreateSnapshotCommand({
        VolumeId: volume.VolumeId,
        TagSpecifications: [{ ResourceType: "snapshot", Tags: toTags(tags) }],
      }),
    );
    return SnapshotId;
  }

  /** An image with these tags and one snapshot, which nobody has baked. @returns its id */
  async image(Name: string, tags: Readonly<Record<string, string>> = {}): Promise<string> {
    const SnapshotId = await this.snapshot(tags);
    const { ImageId = "" } = await this.ec2.send(
      new RegisterImageCommand({
        Name,
        RootDeviceName: "/dev/xvda",
        BlockDeviceMappings: [{ DeviceName: "/dev/xvda", Ebs: { SnapshotId } }],
        TagSpecifications: [{ ResourceType: "image", Tags: toTags(tags) }],
      }),
    );
    return ImageId;
  }

  /** An image as a bake of this version would have left it. @returns its id */
  async baked(application: string, version: string): Promise<string> {
    return this.image(`steadfast-${application}-${version}`, {
      App: application,
      Version: version,
      Commit: version.slice(0, 7).padEnd(40, "0"),
      ContentHash: version.slice(8).padEnd(64, "0"),
      ManagedBy: "steadfast",
    });
  }
}

function toTags(tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
