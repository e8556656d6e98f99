import { evaluateTemplate } from "../../tools/local/terraform/expression";
import { asString } from "../../tools/local/terraform/value";
import type { Synthesized } from "./synthesized";

/** What AWS would have called things. */
const IDS: Readonly<Record<string, string>> = {
  "aws_eip.id": "eipalloc-0123456789abcdef0",
  "aws_eip.public_ip": "203.0.113.9",
  "aws_ebs_volume.id": "vol-0123456789abcdef0",
  "aws_efs_file_system.id": "fs-0123456789abcdef0",
  "aws_efs_access_point.id": "fsap-0123456789abcdef0",
  "aws_secretsmanager_secret.arn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:admin-password-AbCdEf",
  "aws_cloudwatch_log_group.name": "/jenkins/logs",
};

/** The boot script of a stack's only machine, as Terraform hands it over. */
export function bootScriptOf({ json }: Synthesized): string {
  const [script = "", ...others] = Object.values(json.locals);
  if (others.length > 0) throw new Error(`${others.length + 1} locals, not the boot script alone`);
  const known = (type: string, attribute: string) => {
    const id = IDS[`${type}.${attribute}`];
    if (id === undefined) throw new Error(`the boot script refers to ${type}.${attribute}`);
    return id;
  };
  const scope = {
    local: (name: string) => known("local", name),
    resource: (type: string, _: string, attribute: string) => known(type, attribute),
    data: (type: string, _: string, attribute: string) => known(`data.${type}`, attribute),
  };
  return asString(evaluateTemplate(script, scope, "boot script"));
}
