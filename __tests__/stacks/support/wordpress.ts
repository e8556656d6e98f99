import { Testing } from "cdktf";
import type { EnvironmentSettings } from "../../../environments";
import { STACKS } from "../../../stacks";
import { Synthesized, testEnvironment } from "../../support/synthesized";

export const WORDPRESS = ["wordpress", "wordpress-schedule", "wordpress-loadtest"] as const;

export function synthesizeWordpress(
  name: (typeof WORDPRESS)[number],
  settings: Partial<EnvironmentSettings> = {},
): Synthesized {
  const Architecture = STACKS[name];
  if (Architecture === undefined) throw new Error(`no stack ${name}`);
  const environment = testEnvironment({ scaleOutAt: "2199-03-01T06:00:00Z", ...settings });
  return new Synthesized(new Architecture(Testing.app(), name, { environment }));
}
