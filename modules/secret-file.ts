import type { ITerraformDependable, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import type { Machines } from "./machines";
import { grant } from "./role";

/** Folder of a machine's secrets, readable by root alone; a unit gets its own by systemd's `LoadCredential=`. */
const FOLDER = "/etc/steadfast/secrets";
/** First version of Terraform with write-only arguments (https://developer.hashicorp.com/terraform/language/manage-sensitive-data/write-only). */
const TERRAFORM = ">= 1.11";
/**
 * Any 6.x from the one that @cdktf/provider-aws asks for, so that the newest is taken: from 6.26.0 on a plan does not read a
 * write-only value, which the role for plans may not do (https://github.com/hashicorp/terraform-provider-aws/pull/44876).
 */
const PROVIDER = "~> 6.25";

/** A value in Secrets Manager, and what machines call it. */
export interface SecretFile {
  /** What the value belongs to; names the policy that allows to read it. */
  readonly secret: Construct;
  readonly arn: string;
  /** Name of its file on the machine. */
  readonly file: string;
  /** What stores the value: machines start after it. */
  readonly version: ITerraformDependable;
}

/** Asks for versions of Terraform and its provider that keep a secret's value out of plan and state. */
export function needsWriteOnlyArguments(stack: TerraformStack): void {
  stack.addOverride("terraform.required_version", TERRAFORM);
  stack.addOverride("terraform.required_providers.aws.version", PROVIDER);
}

/**
 * Has machines read a secret at their first boot, with their own role, into `/etc/steadfast/secrets/<file>`: its exact bytes,
 * without a newline, for root alone. It stays on their encrypted root volume, so that a restart does not depend on Secrets
 * Manager.
 */
export function keepSecret(machines: Machines, { secret, arn, file, version }: SecretFile): void {
  grant(secret, machines, "secretsmanager", ["secretsmanager:GetSecretValue"], [arn]);
  machines.startAfter(version);
  machines.atBoot({
    title: `Keep the secret ${file} in a file of root's. Nothing prints it: what is printed here gets into logs.`,
    prepare: readScript(arn, file),
  });
}

/** `printf` is part of the shell: the value is in no list of processes. */
function readScript(arn: string, file: string): string {
  const read = `read_${file.replaceAll("-", "_")}`;
  return `
${read}() {
  SECRET=$(timeout 30 aws secretsmanager get-secret-value --region "$REGION" --secret-id ${arn} \\
    --query SecretString --output text)
}
within_time "secret ${arn} read" ${read}
install -d -m 0700 ${FOLDER}
printf %s "$SECRET" | install -m 0600 /dev/stdin ${FOLDER}/${file}
unset SECRET`;
}
