import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { FailedError } from "../errors";
import { run } from "../process";

const INSTALL = "Packer 1.9.4 or newer is needed: https://developer.hashicorp.com/packer/install";
const INSTALL_PLUGIN =
  "Packer reaches the builder through it: " +
  "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html";

/** What Packer's post-processor `manifest` writes. */
const manifestSchema = z.object({
  builds: z.array(z.object({ artifact_id: z.string(), packer_run_uuid: z.string() })),
  last_run_uuid: z.string(),
});

export interface PackerBuild {
  /** Of the build in `images/`: an application, or `base` */
  readonly name: string;
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Runs one build of the templates in `images/`.
 * @returns the AMI id, from Packer's manifest
 * @throws RefusedError when Packer or the Session Manager plugin is not installed; FailedError when the build fails: Packer has
 * removed its builder then, and no image is left
 */
export async function packerBuild(
  root: string,
  { name, variables }: PackerBuild,
  show: (chunk: string) => void,
  signal?: AbortSignal,
): Promise<string> {
  const env = { CHECKPOINT_DISABLE: "1", PACKER_NO_COLOR: "1" };
  const packer = (args: readonly string[]) => run("packer", args, { cwd: root, env, show, signal, install: INSTALL });
  await run("session-manager-plugin", ["--version"], { cwd: root, install: INSTALL_PLUGIN });
  await packer(["init", "images/"]);
  const folder = await mkdtemp(join(tmpdir(), "steadfast-bake-"));
  try {
    const manifest = join(folder, "manifest.json");
    const settings = Object.entries({ ...variables, manifest }).map(([key, value]) => `-var=${key}=${value}`);
    await packer(["build", `-only=${name}.*`, ...settings, "images/"]);
    return imageIn(JSON.parse(await readFile(manifest, "utf8")));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The AMI id in a manifest: an artifact is `<region>:<AMI id>`. */
export function imageIn(manifest: unknown): string {
  const { builds, last_run_uuid } = manifestSchema.parse(manifest);
  const ids = builds
    .filter(({ packer_run_uuid }) => packer_run_uuid === last_run_uuid)
    .flatMap(({ artifact_id }) => /^[^:]+:(ami-[0-9a-f]+)$/.exec(artifact_id)?.[1] ?? []);
  const [image] = ids;
  if (image === undefined || ids.length > 1) {
    throw new FailedError(`Packer's manifest names ${ids.length} images, not one: ${JSON.stringify(builds)}`);
  }
  return image;
}
