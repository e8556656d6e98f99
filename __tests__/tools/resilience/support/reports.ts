import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { App } from "cdktf";
import type { EnvironmentSettings } from "../../../../environments";
import { STACKS } from "../../../../stacks";
import { SynthesizedStack } from "../../../../tools/local/terraform/synthesized";
import type { Value } from "../../../../tools/local/terraform/value";
import { type ResilienceReport, resilienceOf } from "../../../../tools/resilience/report";
import { testEnvironment } from "../../../support/synthesized";

/** The units of the project's images. */
export const IMAGES = fileURLToPath(new URL("../../../../images", import.meta.url));

type Body = Record<string, Value>;

/** The report of one of the project's stacks, with settings that a test cares about. */
export function reportOf(name: string, settings: Partial<EnvironmentSettings> = {}): ResilienceReport {
  const Architecture = STACKS[name];
  if (Architecture === undefined) throw new Error(`there is no stack "${name}"`);
  const environment = testEnvironment(settings);
  const outdir = mkdtempSync(join(tmpdir(), "steadfast-resilience-"));
  try {
    const app = new App({ outdir });
    new Architecture(app, name, { environment });
    app.synth();
    return resilienceOf(SynthesizedStack.read(outdir, name), environment.name, IMAGES);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** The report of resources, by type and name, as cdk.tf.json has them. */
export function reportOn(resource: Record<string, Record<string, Body>>): ResilienceReport {
  return resilienceOf(new SynthesizedStack("example", { resource }), "test", IMAGES);
}

/** Two subnets in two zones, and a third in the first one's. */
export const SUBNETS: Record<string, Body> = {
  a: { availability_zone: "${element(data.aws_availability_zones.z.names, 0)}" },
  b: { availability_zone: "${element(data.aws_availability_zones.z.names, 1)}" },
  a2: { availability_zone: "${element(data.aws_availability_zones.z.names, 0)}" },
};

export function subnetId(name: string): string {
  return `\${aws_subnet.${name}.id}`;
}
