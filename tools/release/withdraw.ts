import { paginateDescribeAutoScalingGroups } from "@aws-sdk/client-auto-scaling";
import { DescribeLaunchTemplateVersionsCommand } from "@aws-sdk/client-ec2";
import type { AwsClients } from "./aws/clients";
import { publications, toHistory } from "./aws/parameters";
import { publish } from "./publish";
import { previousImage } from "./rollout/previous-image";
import { stacksThatRun } from "./terraform/synthesize";

/** What a withdrawal has found and done. */
export interface Withdrawal {
  /** The image that was published */
  readonly published: string;
  /** The one that is published again; undefined when nothing had to be withdrawn */
  readonly restored: string | undefined;
  /** Why, or why not */
  readonly why: string;
}

/**
 * Takes back the publication of an image whose deployment was refused or came to nothing, so that the parameter names what runs.
 * Looks at the groups, not at how the deployment has ended: an image that a group launches stays published.
 */
export async function withdraw(clients: AwsClients, application: string, environment: string): Promise<Withdrawal> {
  const groups = stacksThatRun(application, environment)
    .flatMap((stack) => stack.groups)
    .filter((group) => group.application === application)
    .map(({ name }) => name);
  const history = toHistory(await publications(clients.ssm, environment, application));
  const { published } = history;
  const launched = await imagesLaunchedBy(clients, groups);
  if (launched.includes(published)) return { published, restored: undefined, why: "machines are launched from it" };
  const image = launched[0] ?? previousImage(history, []);
  if (image === undefined) return { published, restored: undefined, why: "there is no earlier one" };
  await publish(clients, { application, environment, image, why: "the one before was not deployed", takesBack: true });
  return { published, restored: image, why: "no machine is launched from it" };
}

/** The image that each group launches now. Asks for no more than the role that publishes may see. */
async function imagesLaunchedBy({ autoScaling, ec2 }: AwsClients, groups: readonly string[]): Promise<string[]> {
  const images: string[] = [];
  const request = { AutoScalingGroupNames: [...groups] };
  for await (const { AutoScalingGroups = [] } of paginateDescribeAutoScalingGroups({ client: autoScaling }, request)) {
    for (const { LaunchTemplate: template } of AutoScalingGroups) {
      if (template?.LaunchTemplateId === undefined) continue;
      const { LaunchTemplateVersions = [] } = await ec2.send(
        new DescribeLaunchTemplateVersionsCommand({
          LaunchTemplateId: template.LaunchTemplateId,
          Versions: [template.Version ?? "$Default"],
        }),
      );
      images.push(...LaunchTemplateVersions.flatMap(({ LaunchTemplateData }) => LaunchTemplateData?.ImageId ?? []));
    }
  }
  return images;
}
