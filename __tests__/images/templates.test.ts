import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { IMAGE_OWNER_TAG } from "../../modules/image-parameter";
import { APPLICATION_NAMES, BUILT_APPLICATION_NAMES } from "../../tools/build/applications";
import { parseFiles } from "./support/hcl";
import { imagesFolder } from "./support/stand-ins";

type Block = Readonly<Record<string, unknown>>;

/** A template as JSON. */
interface Template {
  readonly build?: readonly [Build];
  readonly source?: Readonly<Record<string, Readonly<Record<string, readonly Block[]>>>>;
  readonly locals?: readonly Block[];
  readonly packer?: readonly Block[];
  readonly variable?: Readonly<Record<string, readonly Block[]>>;
}

interface Build {
  readonly name: string;
  readonly source: Readonly<Record<string, readonly [Block]>>;
  readonly provisioner: { readonly shell: readonly Block[]; readonly file?: readonly Block[] };
  readonly "post-processor": Block;
}

const files = readdirSync(imagesFolder).filter((file) => file.endsWith(".pkr.hcl"));
const texts = new Map(files.map((file) => [file, readFileSync(join(imagesFolder, file), "utf8")]));
const templates = parseFiles(imagesFolder, files) as ReadonlyMap<string, Template>;

function template(file: string): Template {
  const found = templates.get(file);
  if (!found) throw new Error(`images/ has no ${file}`);
  return found;
}

function buildOf(file: string): Build {
  const [build] = template(file).build ?? [];
  if (!build) throw new Error(`${file} has no build`);
  return build;
}

/** What a build adds to the shared source. */
const additions = (file: string): Block => Object.values(buildOf(file).source)[0]?.[0] ?? {};

/** Scripts and inline commands of a provisioner, in order. */
function commandsOf({ script, scripts, inline }: Block): string[] {
  return [script, scripts, inline].flat().filter((command) => typeof command === "string");
}

describe("the templates", () => {
  it("accept Packer 1.9.4 and newer, and the amazon plugin's version 1.2 and newer", () => {
    expect(template("packer.pkr.hcl").packer).toEqual([
      {
        required_version: ">= 1.9.4",
        required_plugins: [{ amazon: { source: "github.com/hashicorp/amazon", version: "~> 1.2" } }],
      },
    ]);
  });

  it("can be validated without a variable: every one has a default and says what it is", () => {
    for (const [name, [variable]] of Object.entries(template("variables.pkr.hcl").variable ?? {})) {
      expect({ name, keys: Object.keys(variable ?? {}) }).toEqual({
        name,
        keys: expect.arrayContaining(["default", "description", "type"]),
      });
    }
  });

  it("share one source", () => {
    const sources = [...templates.values()].flatMap(({ source = {} }) =>
      Object.entries(source).flatMap(([type, named]) => Object.keys(named).map((name) => `${type}.${name}`)),
    );
    expect(sources).toEqual(["amazon-ebs.machine"]);
    for (const app of ["base", ...APPLICATION_NAMES]) {
      expect(Object.keys(buildOf(`${app}.pkr.hcl`).source)).toEqual(sources);
    }
  });

  it("build the base layer and every application", () => {
    const names = [...templates.values()].flatMap(({ build = [] }) => build.map(({ name }) => name));
    expect(names.sort()).toEqual(["base", ...APPLICATION_NAMES].sort());
  });

  it("never replace an image that is there, and never take a newest image of just anybody", () => {
    for (const text of texts.values()) expect(text).not.toMatch(/force_deregister|force_delete_snapshot/);
    for (const file of files.filter((name) => template(name).build)) {
      expect(additions(file).source_ami_filter).toMatchObject([{ owners: [expect.any(String)], most_recent: true }]);
    }
  });
});

describe("the shared source", () => {
  let source: Block;
  beforeAll(() => {
    source = template("source.pkr.hcl").source?.["amazon-ebs"]?.machine?.[0] ?? {};
  });

  it("reaches the builder through Session Manager, and opens no port to anybody", () => {
    expect(source).toMatchObject({
      communicator: "ssh",
      ssh_interface: "session_manager",
      ssh_clear_authorized_keys: true,
      temporary_security_group_source_cidrs: ["127.0.0.1/32"],
    });
    expect(source).not.toHaveProperty("ssh_keypair_name");
  });

  it("gives the builder a profile for the time of the bake that can be reached by Session Manager and nothing else", () => {
    expect(source).not.toHaveProperty("iam_instance_profile");
    expect(source.temporary_iam_instance_profile_policy_document).toEqual([
      {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Action: ["ssmmessages:*", "ssm:UpdateInstanceInformation", "ec2messages:*"],
            Resource: ["*"],
          },
        ],
      },
    ]);
  });

  it("needs IMDSv2, one hop from the machine", () => {
    expect(source.metadata_options).toEqual([
      { http_endpoint: "enabled", http_tokens: "required", http_put_response_hop_limit: 1 },
    ]);
  });

  it("encrypts the volume, and so the snapshot, and leaves no volume behind", () => {
    expect(source.launch_block_device_mappings).toEqual([
      {
        device_name: "/dev/xvda",
        volume_type: "gp3",
        volume_size: 8,
        encrypted: true,
        delete_on_termination: true,
      },
    ]);
  });

  it("deprecates the image after 180 days", () => {
    expect(source.deprecate_at).toBe('${timeadd(local.now, "4320h")}');
    expect(template("source.pkr.hcl").locals).toMatchObject([{ now: "${timestamp()}" }]);
  });

  it("bounds every wait", () => {
    expect(source.aws_polling).toEqual([{ delay_seconds: 15, max_attempts: 120 }]);
    expect(source).toMatchObject({ ssh_timeout: "10m", pause_before_ssm: "30s" });
  });

  it("ends a builder that was left behind", () => {
    expect(source).toMatchObject({ user_data_file: "${path.root}/builder.sh", shutdown_behavior: "terminate" });
  });
});

describe.each(["base", ...APPLICATION_NAMES])("the image %s", (app) => {
  const file = `${app}.pkr.hcl`;

  it("says what it is, what it was made of and whose it is: on itself and on its snapshot", () => {
    const { tags, snapshot_tags } = additions(file);
    expect([tags, snapshot_tags]).toEqual(Array(2).fill(`\${merge(local.tags, local.${app})}`));
    expect(template("source.pkr.hcl").locals).toMatchObject([
      {
        tags: {
          Version: "${var.version}",
          Commit: "${var.commit}",
          ContentHash: "${var.content_hash}",
          ParentAmi: "{{ .SourceAMI }}",
          [IMAGE_OWNER_TAG.key]: IMAGE_OWNER_TAG.value,
        },
      },
    ]);
    expect(template(file).locals).toContainEqual({ [app]: { App: app, Name: `steadfast-${app}-\${var.version}` } });
  });

  it("marks its builder and the builder's volume, so that a role may touch these and nothing else", () => {
    const { run_tags, run_volume_tags } = additions(file);
    expect([run_tags, run_volume_tags]).toEqual(Array(2).fill(`\${merge(local.builder_tags, local.${app})}`));
    expect(template("source.pkr.hcl").locals).toMatchObject([
      { builder_tags: { Version: "${var.version}", [IMAGE_OWNER_TAG.key]: IMAGE_OWNER_TAG.value } },
    ]);
  });

  it("has a name that no other bake has", () => {
    expect(additions(file).ami_name).toBe(`\${local.${app}.Name}-\${local.time}`);
  });

  it("can be built on a parent that the caller names", () => {
    expect(additions(file).source_ami_filter).toMatchObject([
      { filters: expect.stringContaining("var.parent_ami != null ? convert({ image-id = var.parent_ami }") },
    ]);
  });

  it("waits for cloud-init before anything else", () => {
    // The parsed form loses the order of a script and an upload; the text has it.
    const [, first] = (texts.get(file) ?? "").split('provisioner "');
    expect(first).toContain('"${path.root}/base/wait-for-cloud-init.sh"');
  });

  it("writes its id to the manifest", () => {
    expect(buildOf(file)["post-processor"]).toEqual({ manifest: [{ output: "${var.manifest}" }] });
  });

  it("holds nothing of its builder", () => {
    const last = buildOf(file).provisioner.shell.at(-1) ?? {};
    expect(commandsOf(last).at(-1)).toBe("${path.root}/base/seal.sh");
  });
});

describe("the base layer", () => {
  it("starts from Amazon's own image of Amazon Linux 2023, neither the minimal nor the ECS one", () => {
    const [filter] = additions("base.pkr.hcl").source_ami_filter as [Block];
    expect(filter.owners).toEqual(["amazon"]);
    for (const part of ['"al2023-ami-2023.*-kernel-*-x86_64"', '"x86_64"', '"ebs"', '"hvm"']) {
      expect(filter.filters).toContain(part);
    }
  });
});

describe("the image url2png", () => {
  it("has its Chromium before it starts the worker", () => {
    const steps = buildOf("url2png.pkr.hcl").provisioner.shell.flatMap(commandsOf);
    const folder = "${path.root}";
    expect(steps.slice(-4)).toEqual([
      `${folder}/base/install-application.sh`,
      `${folder}/url2png/install-chromium.sh`,
      `${folder}/base/check-services.sh`,
      `${folder}/base/seal.sh`,
    ]);
  });
});

describe.each(APPLICATION_NAMES)("the application layer of %s", (app) => {
  const file = `${app}.pkr.hcl`;
  const units = readdirSync(join(imagesFolder, app))
    .filter((name) => name.endsWith(".service"))
    // One without it is started by another unit.
    .filter((name) => readFileSync(join(imagesFolder, app, name), "utf8").includes("[Install]"))
    .map((name) => name.replace(".service", ""));

  it("starts from the account's own base layer", () => {
    const [filter] = additions(file).source_ami_filter as [Block];
    expect(filter.owners).toEqual(["self"]);
    expect(filter.filters).toMatch(/"tag:App"\s+= "base"\s+"tag:ManagedBy" = "steadfast"\s+state\s+= "available"/);
  });

  it("ends by starting each of its services here, and fails unless they answer", () => {
    const last = (texts.get(file) ?? "").split('provisioner "').at(-1);
    expect(last).toContain('"${path.root}/base/check-services.sh"');
    const check = buildOf(file).provisioner.shell.at(-1) ?? {};
    expect(check.environment_vars).toContain(`APPLICATION=${app}`);
    const checked = (check.environment_vars as string[]).find((variable) => variable.startsWith("UNITS="));
    expect(checked?.slice("UNITS=".length).split(" ").sort()).toEqual([...units].sort());
  });
});

describe.each(BUILT_APPLICATION_NAMES)("the application layer of %s, which we build", (app) => {
  it("repeats nothing of the slow part: no step of it asks a package manager", () => {
    const steps = buildOf(`${app}.pkr.hcl`).provisioner.shell.flatMap(commandsOf);
    for (const step of steps) {
      const script = step.startsWith("${path.root}/") ? readFileSync(join(imagesFolder, step.slice(13)), "utf8") : step;
      expect({ step, asks: /\b(dnf|yum|rpm|npm|pip)\b/.exec(script)?.[0] }).toEqual({ step, asks: undefined });
    }
  });
});
