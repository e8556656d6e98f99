import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  EC2Client,
  RegisterImageCommand,
  type Tag,
} from "@aws-sdk/client-ec2";
import { noteCall } from "./calls";

/**
 * Stands in for Packer. It builds nothing: it registers an image with a snapshot, both with the tags that the templates give
 * them, and writes the manifest as Packer's post-processor does. A variable or a build that the templates do not have is refused.
 */
const [command, ...args] = process.argv.slice(2);
noteCall("packer", command, args);
if (command === "build") await build(args);
else if (command !== "init") throw new Error(`the stand-in for Packer cannot ${command ?? "run without a command"}`);

async function build(args: readonly string[]): Promise<void> {
  const folder = args.at(-1) ?? "";
  const name = value(args, /^-only=(.+)\.\*$/);
  const variables = new Map(
    args.flatMap((argument): [string, string][] => {
      const [, key, given] = /^-var=([^=]+)=(.*)$/s.exec(argument) ?? [];
      return key === undefined || given === undefined ? [] : [[key, given]];
    }),
  );
  const template = `${folder}${name}.pkr.hcl`;
  if (!existsSync(template)) throw new Error(`Error: no builds to run: there is no ${template}`);
  const declared = readFileSync(`${folder}variables.pkr.hcl`, "utf8");
  for (const key of variables.keys()) {
    if (!declared.includes(`variable "${key}" {`)) throw new Error(`Error: Undefined -var variable "${key}"`);
  }
  const shared = readFileSync(`${folder}source.pkr.hcl`, "utf8");
  const Tags = [...tagsIn(shared, "tags", variables), ...tagsIn(readFileSync(template, "utf8"), name, variables)];
  const region = required(variables, "region");
  const id = await register(new EC2Client({ region }), `steadfast-${name}-${Date.now()}`, Tags);
  const run = randomUUID();
  const artifact = { name, builder_type: "amazon-ebs", files: null, artifact_id: `${region}:${id}`, custom_data: null };
  const manifest = { builds: [{ ...artifact, packer_run_uuid: run }], last_run_uuid: run };
  writeFileSync(required(variables, "manifest"), JSON.stringify(manifest));
  console.log(`==> ${name}.amazon-ebs.${name}: AMI: ${id}`);
}

/** Evaluates one of the templates' maps of tags. */
function tagsIn(template: string, map: string, variables: ReadonlyMap<string, string>): Tag[] {
  const [, , block = ""] = new RegExp(`^( +)${map} = \\{\\n([^]*?)^\\1\\}`, "m").exec(template) ?? [];
  const tags = [...block.matchAll(/^\s*(\w+)\s+=\s+(.+)$/gm)].map(([, Key = "", expression = ""]) => ({
    Key,
    Value: expression
      .replace(/^var\.(\w+)$/, "${var.$1}")
      .replace(/^"(.*)"$/, "$1")
      .replace(/\$\{var\.(\w+)\}/g, (_, name: string) => required(variables, name))
      .replace("{{ .SourceAMI }}", required(variables, "parent_ami")),
  }));
  if (tags.length === 0) throw new Error(`there are no tags ${map} in the templates`);
  return tags;
}

async function register(ec2: EC2Client, Name: string, Tags: Tag[]): Promise<string> {
  const volume = await ec2.send(new CreateVolumeCommand({ AvailabilityZone: "eu-west-1a", Size: 8 }));
  const { SnapshotId } = await ec2.send(
    new CreateSnapshotCommand({
      VolumeId: volume.VolumeId,
      TagSpecifications: [{ ResourceType: "snapshot", Tags }],
    }),
  );
  const { ImageId = "" } = await ec2.send(
    new RegisterImageCommand({
      Name,
      RootDeviceName: "/dev/xvda",
      BlockDeviceMappings: [{ DeviceName: "/dev/xvda", Ebs: { SnapshotId } }],
      TagSpecifications: [{ ResourceType: "image", Tags }],
    }),
  );
  return ImageId;
}

function value(args: readonly string[], pattern: RegExp): string {
  const [found] = args.flatMap((argument) => pattern.exec(argument)?.[1] ?? []);
  if (found === undefined) throw new Error(`Error: no argument is ${String(pattern)}`);
  return found;
}

function required(variables: ReadonlyMap<string, string>, name: string): string {
  const found = variables.get(name);
  if (found === undefined) throw new Error(`Error: Unset variable "${name}"`);
  return found;
}
