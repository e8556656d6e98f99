import { DataAwsSecretsmanagerSecrets } from "@cdktf/provider-aws/lib/data-aws-secretsmanager-secrets";
import { SecretsmanagerSecret } from "@cdktf/provider-aws/lib/secretsmanager-secret";
import { SecretsmanagerSecretVersion } from "@cdktf/provider-aws/lib/secretsmanager-secret-version";
import { TerraformVariable } from "cdktf";
import { Construct } from "constructs";
import type { Machines } from "./machines";
import { keepSecret, needsWriteOnlyArguments } from "./secret-file";
import { Stack, nameOf } from "./stack";
import { isIntegerBetween, rule, validate } from "./validation";

/** What a secret may consist of: as a class of a regular expression, and in words. */
const CHARACTERS = {
  "printable-ascii": { pattern: "[!-~]", words: "printable ASCII without space" },
  "letters-and-digits": { pattern: "[0-9A-Za-z]", words: "letters and digits of ASCII" },
} as const;
/** Terraform's regular expressions repeat at most as often. */
const MAX_LENGTH = 1000;

export interface SecretProps {
  /** What it is, as Secrets Manager's console and Terraform show it. */
  readonly description: string;
  /** Name of the Terraform variable that supplies it: `admin_password` is read from TF_VAR_admin_password. */
  readonly variable: string;
  /** Characters at least. */
  readonly minLength: number;
  /** Characters at most, up to 1000. */
  readonly maxLength: number;
  /** What it consists of. Default: `printable-ascii`, without space. */
  readonly characters?: keyof typeof CHARACTERS;
  /** How it may not begin, where its reader takes that for something else. Default: any beginning is right. */
  readonly notBeginningWith?: string;
  /** To be raised for a new value: its machines are then replaced, and get it. Default: 1. */
  readonly version?: number;
}

/**
 * A value that a person supplies once, kept in Secrets Manager. It is in neither the plan nor the state; later deployments,
 * plans and `cdktf destroy` do not need it. At most printable ASCII characters without space: what every shell, file and form
 * takes as it is.
 *
 * Its stack needs Terraform 1.11, and takes a newer provider than @cdktf/provider-aws asks for where there is one.
 */
export class Secret extends Construct {
  readonly resource: SecretsmanagerSecret;
  readonly version: SecretsmanagerSecretVersion;
  readonly variable: TerraformVariable;

  /** @throws Error for what is no name of a variable, lengths that contradict each other, or a version below 1 */
  constructor(scope: Construct, id: string, props: SecretProps) {
    super(scope, id);
    const { description, variable, minLength, maxLength, characters = "printable-ascii", version = 1 } = props;
    const { notBeginningWith } = props;
    validate(this, [
      rule("variable", variable, (name) => /^[a-z][a-z0-9_]*$/.test(name), "lower-case letters, digits, underscores"),
      rule("maxLength", maxLength, isIntegerBetween(1, MAX_LENGTH), `1 to ${MAX_LENGTH}`),
      rule("minLength", minLength, isIntegerBetween(1, maxLength), `1 to maxLength (${maxLength})`),
      rule("notBeginningWith", notBeginningWith, (text) => /^[\w#:-]+$/.test(text), "letters, digits, #, :, - and _"),
      rule("version", version, isIntegerBetween(1, Number.MAX_SAFE_INTEGER), "1 or more"),
    ]);
    const stack = Stack.of(this);
    needsWriteOnlyArguments(stack);

    const value = `var.${variable}`;
    const { pattern, words } = CHARACTERS[characters];
    const conditions = [
      `can(regex("^${pattern}{${minLength},${maxLength}}$", ${value}))`,
      ...(notBeginningWith === undefined ? [] : [`!can(regex("^${notBeginningWith}", ${value}))`]),
    ];
    const exception = notBeginningWith === undefined ? "" : `, not beginning with ${notBeginningWith}`;
    this.variable = new TerraformVariable(this, "value", {
      type: "string",
      description,
      sensitive: true,
      validation: [
        {
          condition: `\${${value} == null || (${conditions.join(" && ")})}`,
          errorMessage: `${description}: ${minLength} to ${maxLength} characters, ${words}${exception}.`,
        },
      ],
    });
    this.variable.overrideLogicalId(variable);
    // Needed once only; and never written to plan or state. cdktf 0.21 has no prop for either.
    this.variable.addOverride("default", null);
    this.variable.addOverride("ephemeral", true);

    // A name of its own for each version: a new value is a new secret, whose ARN changes the user data.
    const namePrefix = `${nameOf(this)}-v${version}-`;
    this.resource = new SecretsmanagerSecret(this, "secret", {
      namePrefix,
      description,
      // 0 is at once: in the other environments a stack can be made again right after it was destroyed.
      recoveryWindowInDays: stack.environment.protectData ? 30 : 0,
      lifecycle: { createBeforeDestroy: true },
    });
    const stored = new DataAwsSecretsmanagerSecrets(this, "stored", {
      filter: [{ name: "name", values: [namePrefix] }],
    });
    this.version = new SecretsmanagerSecretVersion(this, "version", {
      secretId: this.resource.id,
      secretStringWo: `\${${value} == null ? "" : ${value}}`,
      secretStringWoVersion: version,
      lifecycle: {
        createBeforeDestroy: true,
        precondition: [
          {
            condition: `\${${value} != null || length(${stored.fqn}.arns) > 0}`,
            errorMessage:
              `${description}: not supplied yet (version ${version}). It is needed once: ` +
              `TF_VAR_${variable}='…' npx cdktf deploy ${stack.node.id}`,
          },
        ],
      },
    });
  }

  /**
   * Has machines read it at their first boot, with their own role, into `/etc/steadfast/secrets/<id of the secret>`: its exact
   * bytes, without a newline, for root alone. It stays on their encrypted root volume, so that a restart does not depend on
   * Secrets Manager.
   */
  giveTo(machines: Machines): void {
    keepSecret(machines, { secret: this, arn: this.resource.arn, file: this.node.id, version: this.version });
  }
}
