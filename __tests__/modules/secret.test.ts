import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { Secret, type SecretProps } from "../../modules/secret";
import { curlOf, machineForEachTest, type Boot, type StandIns } from "../support/booted-machine";
import { bootScriptOf } from "../support/handed-over";
import { fleet } from "../support/fleet";
import { synthesize, type Synthesized } from "../support/synthesized";

const props: SecretProps = {
  description: "Password of the admin",
  variable: "admin_password",
  minLength: 8,
  maxLength: 40,
};
const secretWith = (more: Partial<SecretProps> = {}, protectData = false) =>
  synthesize((scope) => new Secret(scope, "password", { ...props, ...more }), { protectData });

const given = synthesize((scope) => {
  new Secret(scope, "password", props).giveTo(fleet(scope));
});

interface Variable {
  readonly validation: readonly [{ readonly condition: string; readonly error_message: string }];
}
interface Json {
  readonly variable: Readonly<Record<string, Variable>>;
  readonly terraform: { readonly required_version: string; readonly required_providers: unknown };
}
const jsonOf = (stack: Synthesized) => stack.json as unknown as Json;

const variableOf = (stack: Synthesized): Variable => {
  const found = jsonOf(stack).variable.admin_password;
  if (found === undefined) throw new Error("no variable admin_password");
  return found;
};

/** All 94 printable characters of ASCII but the space, `!` to `~`. */
const PRINTABLE = Array.from({ length: 94 }, (_, i) => String.fromCharCode(0x21 + i)).join("");
const GOOD = [
  "8letters",
  "x".repeat(40),
  ...(PRINTABLE.match(/.{8,40}/g) ?? []),
  "${var.x}%{if}$$",
  "'\"`\\$(id)\\n",
  "--help--",
];
const BAD = [
  "",
  "7letter",
  "x".repeat(41),
  "with space",
  " leading-space",
  "trailing-newline\n",
  "new\nlines\n",
  "tab\tinside",
  "bell\u0007inside",
  "delete\u007finside",
  "müller-müller",
  "ascii-and-\u{1f511}",
];

describe("Secret", () => {
  const stack = secretWith();

  it("comes by a variable that is neither shown nor kept, and not needed once the value is stored", () => {
    expect(variableOf(stack)).toMatchObject({
      type: "string",
      description: "Password of the admin",
      sensitive: true,
      ephemeral: true,
      default: null,
    });
  });

  it("is written and never read back: it is in no state", () => {
    const version = stack.one("aws_secretsmanager_secret_version");
    expect(version).toMatchObject({
      secret_string_wo: '${var.admin_password == null ? "" : var.admin_password}',
      secret_string_wo_version: 1,
    });
    expect(version.secret_string).toBeUndefined();
  });

  it("has to be supplied as long as none is stored, and the plan says how", () => {
    const { lifecycle } = stack.one("aws_secretsmanager_secret_version");
    expect(lifecycle).toMatchObject({
      precondition: [
        {
          condition: expect.stringMatching(
            /^\$\{var\.admin_password != null \|\| length\(data\.aws_secretsmanager_secrets\.password_stored_\w+\.arns\) > 0\}$/,
          ),
          error_message:
            "Password of the admin: not supplied yet (version 1). It is needed once: TF_VAR_admin_password='…' npx cdktf deploy example",
        },
      ],
    });
    expect(stack.json.data.aws_secretsmanager_secrets).toEqual({
      [Object.keys(stack.json.data.aws_secretsmanager_secrets ?? {}).join()]: expect.objectContaining({
        filter: [{ name: "name", values: ["example-test-password-v1-"] }],
      }),
    });
  });

  it("is another secret for each version, there before the one before goes", () => {
    expect(secretWith({ version: 12 }).one("aws_secretsmanager_secret")).toMatchObject({
      name_prefix: "example-test-password-v12-",
      description: "Password of the admin",
      lifecycle: { create_before_destroy: true },
    });
  });

  it("is not found by the name of another version, although one begins as the other does", () => {
    const prefixOf = (version: number) => String(secretWith({ version }).one("aws_secretsmanager_secret").name_prefix);
    expect(prefixOf(12).startsWith(prefixOf(1))).toBe(false);
  });

  it("can be brought back for 30 days where the environment protects data, and is gone at once elsewhere", () => {
    expect(secretWith({}, true).one("aws_secretsmanager_secret").recovery_window_in_days).toBe(30);
    expect(stack.one("aws_secretsmanager_secret").recovery_window_in_days).toBe(0);
  });

  it("asks for the Terraform that has write-only arguments and the provider that plans without reading them", () => {
    expect(jsonOf(stack).terraform).toMatchObject({
      required_version: ">= 1.11",
      required_providers: { aws: { version: "~> 6.25" } },
    });
  });

  it("refuses a name that is none, lengths that contradict each other and a version below 1, all at once", () => {
    const make = () => secretWith({ variable: "Admin-Password", minLength: 41, maxLength: 40, version: 0 });
    expect(make).toThrow(
      'example/password: invalid props\n  variable: got "Admin-Password", allowed: lower-case letters',
    );
    expect(make).toThrow("minLength: got 41, allowed: 1 to maxLength (40)");
    expect(make).toThrow("version: got 0, allowed: 1 or more");
    expect(() => secretWith({ maxLength: 1001 })).toThrow("maxLength: got 1001, allowed: 1 to 1000");
  });
});

const hasTerraform = spawnSync("terraform", ["version"]).status === 0;
if (!hasTerraform)
  console.log(
    "terraform is not installed, the validation of variables is checked by its expression alone; https://developer.hashicorp.com/terraform/install",
  );

describe("The value of a secret", () => {
  const { condition, error_message } = variableOf(secretWith({ notBeginningWith: "#hash:" })).validation[0];

  it("is 8 to 40 printable ASCII characters, and the error says so without the value", () => {
    expect(condition).toBe(
      '${var.admin_password == null || (can(regex("^[!-~]{8,40}$", var.admin_password)) && !can(regex("^#hash:", var.admin_password)))}',
    );
    expect(error_message).toBe(
      "Password of the admin: 8 to 40 characters, printable ASCII without space, not beginning with #hash:.",
    );
    expect(variableOf(secretWith()).validation[0]).toEqual({
      condition: '${var.admin_password == null || (can(regex("^[!-~]{8,40}$", var.admin_password)))}',
      error_message: "Password of the admin: 8 to 40 characters, printable ASCII without space.",
    });
  });

  it("is letters and digits alone where that is asked for", () => {
    expect(variableOf(secretWith({ characters: "letters-and-digits", maxLength: 30 })).validation[0]).toEqual({
      condition: '${var.admin_password == null || (can(regex("^[0-9A-Za-z]{8,30}$", var.admin_password)))}',
      error_message: "Password of the admin: 8 to 30 characters, letters and digits of ASCII.",
    });
  });

  it("is accepted or refused by that expression as it should be", () => {
    const pattern = new RegExp(/regex\("(.*?)",/.exec(condition)?.[1] ?? "");
    expect(GOOD.filter((value) => !pattern.test(value))).toEqual([]);
    expect(BAD.filter((value) => pattern.test(value))).toEqual([]);
  });

  (hasTerraform ? it : it.skip)("is accepted or refused by Terraform as it should be", () => {
    const bad = [...BAD, "#hash:12345678"];
    const values = [...GOOD, ...bad];
    const original = variableOf(secretWith());
    // One variable for each value, whose error says which one it is.
    const variable = Object.fromEntries(
      values.map((_, i) => [
        `v${i}`,
        {
          ...original,
          validation: [{ condition: condition.replaceAll("admin_password", `v${i}`), error_message: `Refused: ${i}.` }],
        },
      ]),
    );
    const folder = mkdtempSync(join(tmpdir(), "secret-"));
    try {
      writeFileSync(join(folder, "main.tf.json"), JSON.stringify({ variable }));
      const { stdout } = spawnSync("terraform", ["plan", "-json", "-input=false"], {
        cwd: folder,
        env: {
          PATH: process.env.PATH,
          CHECKPOINT_DISABLE: "1",
          ...Object.fromEntries(values.map((value, i) => [`TF_VAR_v${i}`, value])),
        },
        encoding: "utf8",
      });
      const refused = [...stdout.matchAll(/"detail":"Refused: (\d+)\./g)].map(([, i]) => Number(i));
      expect(refused.toSorted((a, b) => a - b).map((i) => values[i])).toEqual(bad);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("A machine that is given a secret", () => {
  const script = bootScriptOf(given);
  const FILE = "etc/steadfast/secrets/password";
  const ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:admin-password-AbCdEf";
  const machine = machineForEachTest();

  const boot = (standIns: StandIns = {}): Boot =>
    machine().boot(script, { curl: curlOf({ "instance-id": "i-0123456789abcdef0" }, true), ...standIns });
  /** A machine for which Secrets Manager has this value. */
  const bootWith = (value: string): Boot => {
    // As the command line prints it: with a newline.
    writeFileSync(join(machine().root, "stored"), `${value}\n`);
    return boot({ aws: 'case "$*" in *get-secret-value*) cat @root/stored ;; esac' });
  };
  const callsOf = ({ calls }: Boot, command: string) => calls.filter((call) => call.startsWith(command));

  it("may read that secret, and do nothing else with secrets", () => {
    expect(given.policiesOf("things").password).toEqual([
      {
        Effect: "Allow",
        Action: ["secretsmanager:GetSecretValue"],
        Resource: [expect.stringMatching(/^\$\{aws_secretsmanager_secret\.password_secret_\w+\.arn\}$/)],
      },
    ]);
  });

  it("starts only once it is stored", () => {
    const [version] = given.addresses(["aws_secretsmanager_secret_version"]);
    expect(given.one("aws_autoscaling_group").depends_on).toContain(version);
  });

  it.each([PRINTABLE, ...GOOD])("has it byte for byte: %s", (value) => {
    expect(bootWith(value).status).toBe(0);
    expect(machine().file(FILE)?.toString("latin1")).toBe(value);
  });

  it("keeps it for root alone", () => {
    bootWith("8letters");
    expect(machine().mode(FILE)).toBe(0o600);
    expect(machine().mode("etc/steadfast/secrets")).toBe(0o700);
  });

  it("shows it nowhere: not in what is printed, in no command's arguments, in no other file", () => {
    const result = bootWith("top-secret");
    expect(result.stdout + result.stderr + result.calls.join("\n")).not.toContain("top-secret");
    expect(machine().file("etc/steadfast/thing.env")?.toString()).not.toContain("top-secret");
  });

  it("has it before its service starts", () => {
    const { calls } = bootWith("8letters");
    const read = `aws secretsmanager get-secret-value --region eu-west-1 --secret-id ${ARN} --query SecretString --output text`;
    expect(calls).toContain(read);
    expect(calls.indexOf(read)).toBeLessThan(calls.indexOf("systemctl enable --now thing.service"));
  });

  it("reads it again when the first answer fails", () => {
    writeFileSync(join(machine().root, "stored"), "8letters\n");
    const result = boot({
      aws: `case "$*" in
        *get-secret-value*) echo >> @root/tries; (($(wc -l < @root/tries) > 1)) && cat @root/stored ;;
      esac`,
    });
    expect(result.status).toBe(0);
    expect(callsOf(result, "aws secretsmanager")).toHaveLength(2);
    expect(machine().file(FILE)?.toString()).toBe("8letters");
  });

  it.each<[string, StandIns]>([
    ["that is not there", { aws: 'case "$*" in *get-secret-value*) exit 254 ;; esac' }],
    // As timeout ends what hangs; it does not wait here.
    ["that does not answer", { timeout: "exit 124" }],
  ])("%s: gives up in time, starts nothing and leaves nothing behind", (_, standIns) => {
    const result = boot(standIns);
    expect(result.status).not.toBe(0);
    expect(result.stderr).toContain(`secret ${ARN} read: not within 300 s\n`);
    expect(callsOf(result, "aws autoscaling")).toEqual([expect.stringContaining("ABANDON")]);
    expect(callsOf(result, "systemctl")).toEqual([]);
    expect(machine().file(FILE)).toBeUndefined();
  });

  it("limits each try", () => {
    const result = boot({ timeout: 'shift; exec "$@"' });
    expect(callsOf(result, "timeout")).toEqual([expect.stringMatching(/^timeout 30 aws secretsmanager /)]);
  });
});
