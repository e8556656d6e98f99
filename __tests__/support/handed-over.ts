import { evaluateTemplate } from "../../tools/local/terraform/expression";
import { asString } from "../../tools/local/terraform/value";
import type { Synthesized } from "./synthesized";

/** What AWS would have called things: of a type, or of the one with an id in the stack. */
const IDS: Readonly<Record<string, string>> = {
  "aws_eip.id": "eipalloc-0123456789abcdef0",
  "aws_eip.public_ip": "203.0.113.9",
  "aws_ebs_volume.id": "vol-0123456789abcdef0",
  "aws_efs_file_system.id": "fs-0123456789abcdef0",
  "aws_efs_access_point.id": "fsap-0123456789abcdef0",
  "aws_secretsmanager_secret.arn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:admin-password-AbCdEf",
  "aws_secretsmanager_secret.cache.arn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:cache-AbCdEf",
  "aws_cloudwatch_log_group.name": "/jenkins/logs",
  "aws_lb.dns_name": "lb-1.eu-west-1.elb.amazonaws.com",
  "aws_db_instance.address": "database.eu-west-1.rds.amazonaws.com",
  "local.database.value": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!db-AbCdEf",
  "aws_elasticache_replication_group.primary_endpoint_address": "master.cache.euw1.cache.amazonaws.com",
};

/**
 * The boot script of a stack's machines, as Terraform hands it over.
 * @param machines their id in the stack. Default: the only ones that there are
 */
export function bootScriptOf({ json }: Synthesized, machines = ""): string {
  const scripts = Object.entries(json.locals).filter(([name]) => name.startsWith(machines));
  const [[, script] = ["", ""], ...others] = scripts;
  if (others.length > 0) throw new Error(`${scripts.map(([name]) => name).join(", ")}: not one boot script`);
  const known = (type: string, name: string, attribute: string) => {
    const [id = ""] = name.split("_");
    const value = IDS[`${type}.${id}.${attribute}`] ?? IDS[`${type}.${attribute}`];
    if (value === undefined) throw new Error(`the boot script refers to ${type}.${name}.${attribute}`);
    return value;
  };
  const scope = {
    local: (name: string) => known("local", name, "value"),
    resource: known,
    data: (type: string, name: string, attribute: string) => known(`data.${type}`, name, attribute),
  };
  return asString(evaluateTemplate(script, scope, "boot script"));
}
