import type { Place } from "../gateway/requests";
import type { ComputedAttributes, DataSources, Resource } from "./synthesized";
import type { Value } from "./value";

/** The account to which everything on this machine belongs: no real account has this number, and fauxqs uses it. */
export const localAccountId = "000000000000";

/** What stands on this machine for the attributes that resources only get on AWS. */
export interface LocalAddresses extends Place {
  /** Where the AWS API is: the gateway, "http://127.0.0.1:1234" */
  readonly endpoint: string;
  /** Where a load balancer is, "localhost:8080" */
  readonly loadBalancer: (resource: Resource) => string;
}

/** Answers computed attributes (ARNs, URLs, …) with what stands for them on this machine. */
export function localAttributes(addresses: LocalAddresses): ComputedAttributes {
  const { region, accountId, endpoint } = addresses;
  const arn = (service: string, rest: string): string => `arn:aws:${service}:${region}:${accountId}:${rest}`;

  const byType: Record<string, (resource: Resource) => Record<string, Value>> = {
    aws_sqs_queue: (queue) => {
      const name = queue.string("name");
      const url = `${endpoint}/${accountId}/${name}`;
      return { arn: arn("sqs", name), url, id: url };
    },
    aws_dynamodb_table: (table) => {
      const name = table.string("name");
      return { arn: arn("dynamodb", `table/${name}`), id: name };
    },
    aws_s3_bucket: (bucket) => {
      const name = bucket.string("bucket");
      return { arn: `arn:aws:s3:::${name}`, id: name };
    },
    aws_lb: (balancer) => ({ dns_name: addresses.loadBalancer(balancer), arn_suffix: `app/${balancer.name}/0` }),
    aws_lb_target_group: (group) => ({ arn_suffix: `targetgroup/${group.name}/0` }),
    aws_iam_role: (role) => {
      const name = roleName(role);
      return { arn: `arn:aws:iam::${accountId}:role/${name}`, id: name, name };
    },
    aws_launch_template: () => ({ latest_version: 1 }),
  };

  return (resource, attribute) => {
    const own = byType[resource.type]?.(resource)[attribute];
    if (own !== undefined) return own;
    if (attribute === "id") return resource.optionalString("name") ?? resource.address;
    // Policies name resources that do not run here, too: they get an ARN that nothing else has.
    if (attribute === "arn") return arn(resource.type, resource.name);
    return undefined;
  };
}

/** A role's name. Where AWS would add a random suffix to a prefix, the hash at the end of the resource's own name stands. */
export function roleName(role: Resource): string {
  return role.optionalString("name") ?? `${role.optionalString("name_prefix") ?? ""}${role.name.slice(-8)}`;
}

/** Answers data sources as an empty account would, on a machine with three zones. */
export function localDataSources({ region, accountId }: Place): DataSources {
  const zones = ["a", "b", "c"].map((letter) => region + letter);
  const answers: Record<string, Record<string, Value>> = {
    aws_availability_zones: { names: zones, zone_ids: zones },
    aws_caller_identity: { account_id: accountId, id: accountId, arn: `arn:aws:iam::${accountId}:user/local` },
    aws_partition: { partition: "aws", id: "aws", dns_suffix: "amazonaws.com" },
    aws_region: { name: region, id: region, region },
    aws_ssm_parameters_by_path: { names: [], values: [], arns: [] },
    aws_ssm_parameter: { value: "", insecure_value: "" },
  };
  return (type, attribute) => answers[type]?.[attribute];
}
