import { Testing } from "cdktf";
import type { EnvironmentSettings } from "../../../environments";
import { STACKS } from "../../../stacks";
import { Synthesized, testEnvironment } from "../../support/synthesized";

export const JENKINS = [
  "jenkins-recovery",
  "jenkins-multiaz",
  "jenkins-multiaz-efs",
  "jenkins-multiaz-efs-eip",
] as const;

export function synthesizeJenkins(
  name: (typeof JENKINS)[number],
  settings: Partial<EnvironmentSettings> = {},
): Synthesized {
  const Architecture = STACKS[name];
  if (Architecture === undefined) throw new Error(`no stack ${name}`);
  return new Synthesized(new Architecture(Testing.app(), name, { environment: testEnvironment(settings) }));
}
