import { spawnSync } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parseBootScript, renderBootScript, type BootScript } from "../../modules/boot-script";
import { evaluateTemplate, type Scope } from "../../tools/local/terraform/expression";
import { asString } from "../../tools/local/terraform/value";
import { itIsGoodBash } from "../support/good-bash";

const script: BootScript = {
  unit: "thing",
  port: 8080,
  healthPath: "/health",
  environment: { QUEUE_URL: "https://sqs.example/1/q", ODD: 'a "quoted" \\ `word` ${NOT_TERRAFORM} %{if} $HOME' },
  timeout: 2,
  region: "eu-west-1",
  logGroup: "/example-test-thing",
  name: "example-test-thing",
  hook: "launching",
};

const installing: BootScript = {
  ...script,
  unit: "httpd",
  port: 80,
  healthPath: "/index.html",
  environment: {},
  logGroup: undefined,
  install: {
    packages: ["httpd", "mod_ssl"],
    script: 'ADDRESS=$(metadata local-ipv4)\nreadonly ADDRESS\necho "page of ${ADDRESS}"\n',
  },
};

const withParts: BootScript = {
  ...script,
  parts: [
    { title: "A disk", prepare: 'mount_disk() { timeout 30 mount /disk; }\nwithin_time "the disk" mount_disk\n' },
    { title: "An address", finish: 'aws ec2 associate-address --instance-id "$INSTANCE_ID"' },
  ],
};

/** A machine that no group waits for. */
const alone: BootScript = { ...withParts, hook: undefined };

const noReferences: Scope = {
  local: (name) => `local.${name}`,
  resource: (type, name) => `${type}.${name}`,
  data: (type, name) => `data.${type}.${name}`,
};

/** A script as Terraform hands it to the machine. */
const asHandedOver = (boot: BootScript) =>
  asString(evaluateTemplate(renderBootScript(boot), noReferences, "boot script"));
const onMachine = asHandedOver(script);
const installsOnMachine = asHandedOver(installing);
const partsOnMachine = asHandedOver(withParts);
const aloneOnMachine = asHandedOver(alone);

describe("boot script", () => {
  describe.each([
    ["of a baked image", onMachine],
    ["that installs", installsOnMachine],
    ["with parts", partsOnMachine],
    ["of a machine without a group", aloneOnMachine],
  ])("%s", (_, text) => {
    itIsGoodBash(text);
  });

  it("keeps literal ${…} and %{…} of a value away from Terraform", () => {
    expect(renderBootScript(script)).toContain("$${NOT_TERRAFORM} %%{if}");
    expect(onMachine).toContain("${NOT_TERRAFORM} %{if}");
  });

  it("can be read back: unit, port, path and every variable as it was given", () => {
    expect(parseBootScript(onMachine)).toEqual({
      unit: "thing",
      port: 8080,
      healthPath: "/health",
      environmentFile: "/etc/steadfast/thing.env",
      environment: {
        PORT: "8080",
        AWS_REGION: "eu-west-1",
        LOG_GROUP: "/example-test-thing",
        ...script.environment,
      },
    });
  });

  it("that installs can be read back as well", () => {
    expect(parseBootScript(installsOnMachine)).toEqual({
      unit: "httpd",
      port: 80,
      healthPath: "/index.html",
      environmentFile: "/etc/steadfast/httpd.env",
      environment: { PORT: "80", AWS_REGION: "eu-west-1" },
    });
  });

  it("that is none cannot be read, and the missing part is named", () => {
    expect(() => parseBootScript("#!/bin/bash\n")).toThrow(/boot script without a unit that it starts/);
  });
});

/** Runs the script with stand-ins for what only a machine on AWS has; each writes its arguments to a log. */
describe("boot script on a machine", () => {
  let folder: string;
  let printed = "";
  let complained = "";
  const log = () => readFile(join(folder, "log"), "utf8");

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "boot-script-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  interface Stands {
    readonly health: "answers" | "fails";
    readonly start?: "fails";
    readonly packages?: "fail";
    readonly address?: "fails";
    readonly mount?: "fails";
  }

  async function boot(stands: Stands, text = onMachine): Promise<number | null> {
    const commands: Record<string, string> = {
      curl: `case "$*" in
        *api/token*) echo secret ;;
        *meta-data/instance-id*) echo i-0123456789abcdef0 ;;
        *meta-data/local-ipv4*) ${stands.address === "fails" ? "exit 22" : "echo 10.0.0.7"} ;;
        *) ${stands.health === "answers" ? "exit 0" : "exit 22"} ;;
      esac`,
      aws: "",
      systemctl: stands.start === "fails" ? "exit 1" : "",
      install: `case "$*" in *stdin*) cat >> "${folder}/log" ;; esac`,
      mount: stands.mount === "fails" ? "exit 32" : "",
      dnf: stands.packages === "fail" ? "exit 1" : "",
      sleep: "",
    };
    await writeFile(join(folder, "log"), "");
    for (const [name, body] of Object.entries(commands)) {
      const file = join(folder, name);
      await writeFile(file, `#!/bin/bash\necho "${name} $*" >> "${folder}/log"\n${body}\n`);
      await chmod(file, 0o755);
    }
    await writeFile(join(folder, "boot.sh"), text);
    const { status, stdout, stderr } = spawnSync("bash", [join(folder, "boot.sh")], {
      env: { PATH: `${folder}:${process.env.PATH ?? ""}` },
      encoding: "utf8",
    });
    printed = stdout;
    complained = stderr;
    return status;
  }

  const completion = (result: string) =>
    "aws autoscaling complete-lifecycle-action --region eu-west-1 --auto-scaling-group-name example-test-thing " +
    `--lifecycle-hook-name launching --instance-id i-0123456789abcdef0 --lifecycle-action-result ${result}`;

  it("whose service answers: writes the environment file, starts the unit, reports CONTINUE", async () => {
    expect(await boot({ health: "answers" })).toBe(0);
    const lines = await log();
    expect(lines).toContain("install -m 0600 /dev/stdin /etc/steadfast/thing.env");
    expect(lines).toContain('QUEUE_URL="https://sqs.example/1/q"');
    expect(lines).toContain("systemctl enable --now thing.service");
    expect(lines).toContain(completion("CONTINUE"));
    expect(lines).not.toContain("ABANDON");
  });

  it("whose service never answers: reports ABANDON once and fails", async () => {
    expect(await boot({ health: "fails" })).not.toBe(0);
    expect((await log()).split("\n").filter((line) => line.startsWith("aws "))).toEqual([completion("ABANDON")]);
  });

  it("whose unit does not start: reports ABANDON and fails", async () => {
    expect(await boot({ health: "answers", start: "fails" })).not.toBe(0);
    expect((await log()).split("\n").filter((line) => line.startsWith("aws "))).toEqual([completion("ABANDON")]);
  });

  it("that installs: packages, then what the script writes, then the unit with its environment file", async () => {
    expect(await boot({ health: "answers" }, installsOnMachine)).toBe(0);
    const lines = await log();
    const positions = [
      "dnf install --assumeyes httpd mod_ssl\n",
      "install -m 0600 /dev/stdin /etc/steadfast/httpd.env\n",
      "steadfast.conf\n[Service]\nEnvironmentFile=/etc/steadfast/httpd.env\n",
      "systemctl daemon-reload\n",
      "meta-data/local-ipv4\n",
      "systemctl enable --now httpd.service\n",
      completion("CONTINUE"),
    ].map((part) => lines.indexOf(part));
    expect(positions).not.toContain(-1);
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
    expect(printed).toContain("page of 10.0.0.7\n");
  });

  it.each<[string, Stands]>([
    ["packages cannot be installed", { health: "answers", packages: "fail" }],
    ["script fails", { health: "answers", address: "fails" }],
  ])("whose %s: never starts the unit, reports ABANDON and fails", async (_, stands) => {
    expect(await boot(stands, installsOnMachine)).not.toBe(0);
    const lines = (await log()).split("\n");
    expect(lines).not.toContain("systemctl enable --now httpd.service");
    expect(new Set(lines.filter((line) => line.startsWith("aws ")))).toEqual(new Set([completion("ABANDON")]));
  });

  it("with parts: what they prepare, then the service, then what they finish, then the report", async () => {
    expect(await boot({ health: "answers" }, partsOnMachine)).toBe(0);
    const lines = await log();
    const positions = [
      "mount /disk\n",
      "install -m 0600 /dev/stdin /etc/steadfast/thing.env\n",
      "systemctl enable --now thing.service\n",
      "aws ec2 associate-address --instance-id i-0123456789abcdef0\n",
      completion("CONTINUE"),
    ].map((part) => lines.indexOf(part));
    expect(positions).not.toContain(-1);
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
  });

  it("whose part cannot be prepared in time: configures and starts nothing, reports ABANDON once and fails", async () => {
    expect(await boot({ health: "answers", mount: "fails" }, partsOnMachine)).not.toBe(0);
    const lines = (await log()).split("\n");
    expect(lines.filter((line) => /^(install|systemctl) /.test(line))).toEqual([]);
    expect(lines.filter((line) => line.startsWith("aws "))).toEqual([completion("ABANDON")]);
    expect(complained).toContain("the disk: not within 2 s");
  });

  it("with parts whose service never answers: does not finish them", async () => {
    expect(await boot({ health: "fails" }, partsOnMachine)).not.toBe(0);
    expect((await log()).split("\n").filter((line) => line.startsWith("aws "))).toEqual([completion("ABANDON")]);
  });

  it("of a machine without a group: tells its own log how it went, and nobody else", async () => {
    expect(await boot({ health: "answers" }, aloneOnMachine)).toBe(0);
    expect(printed).toContain("boot of i-0123456789abcdef0 in eu-west-1: CONTINUE");
    expect(await boot({ health: "fails" }, aloneOnMachine)).not.toBe(0);
    expect(printed).toContain("boot of i-0123456789abcdef0 in eu-west-1: ABANDON");
    expect(await log()).not.toContain("aws autoscaling");
  });

  it("calls nothing of AWS but what the fleet's role grants for it", async () => {
    await boot({ health: "answers" });
    const calls = (await log()).split("\n").filter((line) => line.startsWith("aws "));
    expect(new Set(calls.map((line) => line.split(" ").slice(0, 3).join(" ")))).toEqual(
      new Set(["aws autoscaling complete-lifecycle-action"]),
    );
  });
});
