import type { Resource, SynthesizedStack } from "../local/terraform/synthesized";
import { judgeFileSystem, judgeVolume } from "./disks";
import { judgeGroup } from "./group";
import { judgeInstance } from "./instance";
import type { Finding } from "./model";
import { judgeNatGateway } from "./nat";
import { judgeCache, judgeDatabase, judgeLoadBalancer, judgeRegional } from "./services";

/** What is to be said of a resource of one type. */
export type Rule = (stack: SynthesizedStack, resource: Resource, images: string) => Finding[];

const regional =
  (what: string): Rule =>
  (_, resource) =>
    judgeRegional(resource, what);

/**
 * One rule for each type of resource that can be lost, or outlive a loss. What AWS spreads over zones by itself is in
 * https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/regional-services.html.
 */
export const RULES: Readonly<Record<string, Rule>> = {
  aws_autoscaling_group: judgeGroup,
  aws_instance: judgeInstance,
  aws_ebs_volume: judgeVolume,
  aws_efs_file_system: judgeFileSystem,
  aws_lb: judgeLoadBalancer,
  aws_nat_gateway: judgeNatGateway,
  aws_db_instance: (_, database) => judgeDatabase(database),
  aws_elasticache_replication_group: (_, group) => judgeCache(group),
  aws_s3_bucket: regional("S3 bucket"),
  aws_dynamodb_table: regional("DynamoDB table"),
  aws_sqs_queue: regional("SQS queue"),
  aws_sns_topic: regional("SNS topic"),
  aws_kms_key: regional("KMS key"),
  aws_secretsmanager_secret: regional("secret"),
  aws_ssm_parameter: regional("SSM parameter"),
  aws_cloudwatch_log_group: regional("log group"),
  aws_eip: regional("Elastic IP"),
};

/**
 * Types that hold nothing and do nothing by themselves: settings of others, permissions, and the network's plan, which is the
 * region's.
 */
const SETTINGS: readonly RegExp[] = [
  /^aws_iam_/,
  /^aws_(autoscaling_(policy|schedule|attachment|lifecycle_hook)|launch_template|volume_attachment|eip_association)$/,
  /^aws_(vpc|subnet|internet_gateway|route|route_table|route_table_association|flow_log)$/,
  /^aws_(security_group|vpc_security_group_(ingress|egress)_rule|security_group_rule)$/,
  /^aws_lb_(listener|listener_rule|listener_certificate|target_group|target_group_attachment)$/,
  /^aws_s3_bucket_\w+$/,
  /^aws_sqs_queue_(policy|redrive_policy|redrive_allow_policy)$/,
  /^aws_sns_topic_(policy|subscription)$/,
  /^aws_efs_(mount_target|access_point|backup_policy|file_system_policy)$/,
  /^aws_(kms_alias|kms_key_policy|secretsmanager_secret_(version|policy))$/,
  /^aws_(cloudwatch_(metric_alarm|log_metric_filter|dashboard)|dlm_lifecycle_policy)$/,
  /^aws_((db|elasticache)_(subnet_group|parameter_group)|elasticache_user(_group)?)$/,
];

/** Whether a type without a rule has nothing that could be lost. A gateway endpoint is an entry in the route tables. */
export function isSetting(resource: Resource): boolean {
  if (resource.type === "aws_vpc_endpoint") return resource.optionalString("vpc_endpoint_type") !== "Interface";
  return SETTINGS.some((pattern) => pattern.test(resource.type));
}
