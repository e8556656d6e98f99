import { paginateDescribeAutoScalingGroups, type AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import {
  type EC2Client,
  paginateDescribeInstances,
  paginateDescribeLaunchTemplates,
  paginateDescribeLaunchTemplateVersions,
} from "@aws-sdk/client-ec2";
import { paginateGetParameterHistory, paginateGetParametersByPath, type SSMClient } from "@aws-sdk/client-ssm";

/** Why images are needed, by AMI id, in words. */
export type References = ReadonlyMap<string, readonly string[]>;

/** Above all image parameters of all environments. */
const PARAMETERS = "/steadfast";

/**
 * Everything in the region that refers to an image: launch template versions in use (a group's, its instances', each template's
 * default and latest), instances that run or are stopped, and the last values of every image parameter.
 * @param lastValues how many different values of a parameter count
 */
export async function references(
  clients: { readonly ec2: EC2Client; readonly autoScaling: AutoScalingClient; readonly ssm: SSMClient },
  lastValues: number,
): Promise<References> {
  const found = new Map<string, string[]>();
  const add = (image: string | undefined, why: string): void => {
    if (image === undefined) return;
    const reasons = found.get(image) ?? [];
    if (!reasons.includes(why)) found.set(image, [...reasons, why]);
  };
  await Promise.all([
    addLaunchTemplates(clients, add),
    addInstances(clients.ec2, add),
    addParameters(clients.ssm, lastValues, add),
  ]);
  return found;
}

type Add = (image: string | undefined, why: string) => void;

async function addLaunchTemplates(
  { ec2, autoScaling }: { readonly ec2: EC2Client; readonly autoScaling: AutoScalingClient },
  add: Add,
): Promise<void> {
  const used = new Map<string, Set<string>>();
  const use = (template: { LaunchTemplateId?: string; Version?: string } | undefined): void => {
    const { LaunchTemplateId: id, Version: version } = template ?? {};
    if (id !== undefined && version !== undefined) used.set(id, (used.get(id) ?? new Set()).add(version));
  };
  for await (const { LaunchTemplates = [] } of paginateDescribeLaunchTemplates({ client: ec2 }, {})) {
    for (const { LaunchTemplateId } of LaunchTemplates) {
      for (const Version of ["$Default", "$Latest"]) use({ ...(LaunchTemplateId && { LaunchTemplateId }), Version });
    }
  }
  for await (const { AutoScalingGroups = [] } of paginateDescribeAutoScalingGroups({ client: autoScaling }, {})) {
    for (const group of AutoScalingGroups) {
      use(group.LaunchTemplate);
      use(group.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification);
      for (const override of group.MixedInstancesPolicy?.LaunchTemplate?.Overrides ?? []) {
        use(override.LaunchTemplateSpecification);
      }
      for (const instance of group.Instances ?? []) use(instance.LaunchTemplate);
    }
  }
  for (const [LaunchTemplateId, versions] of used) {
    const request = { LaunchTemplateId, Versions: [...versions] };
    for await (const page of paginateDescribeLaunchTemplateVersions({ client: ec2 }, request)) {
      for (const { LaunchTemplateData, LaunchTemplateName, VersionNumber } of page.LaunchTemplateVersions ?? []) {
        add(
          LaunchTemplateData?.ImageId,
          `launch template ${LaunchTemplateName ?? LaunchTemplateId} ${VersionNumber ?? ""}`,
        );
      }
    }
  }
}

async function addInstances(ec2: EC2Client, add: Add): Promise<void> {
  for await (const { Reservations = [] } of paginateDescribeInstances({ client: ec2 }, {})) {
    for (const { ImageId, InstanceId = "", State } of Reservations.flatMap(({ Instances = [] }) => Instances)) {
      if (State?.Name !== "terminated") add(ImageId, `instance ${InstanceId} (${State?.Name ?? "unknown"})`);
    }
  }
}

async function addParameters(ssm: SSMClient, lastValues: number, add: Add): Promise<void> {
  const names: string[] = [];
  const everything = { Path: PARAMETERS, Recursive: true };
  for await (const { Parameters = [] } of paginateGetParametersByPath({ client: ssm }, everything)) {
    names.push(...Parameters.flatMap(({ Name }) => (Name?.includes("/images/") === true ? [Name] : [])));
  }
  for (const Name of names) {
    const values: { image: string; number: number }[] = [];
    for await (const { Parameters = [] } of paginateGetParameterHistory({ client: ssm }, { Name })) {
      for (const { Value = "", Version = 0, Labels = [] } of Parameters) {
        values.push({ image: Value, number: Version });
        // Where an automatic rollback goes, however long ago it was published.
        if (Labels.length > 0) add(Value, `${Name} (${Labels.join(", ")})`);
      }
    }
    const newestFirst = values.sort((a, b) => b.number - a.number).map(({ image }) => image);
    const different = [...new Set(newestFirst)].slice(0, lastValues);
    for (const [index, image] of different.entries()) {
      add(image, index === 0 ? `published: ${Name}` : `one of the last ${lastValues} of ${Name}`);
    }
  }
}
