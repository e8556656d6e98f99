import { RefusedError } from "../release/errors";
import { smokeImagery } from "./imagery";
import { smokeJenkins } from "./jenkins";
import type { SmokeTest } from "./smoke-test";
import { smokeUrl2png } from "./url2png";
import { smokeWordpress } from "./wordpress";

/** By the stack's name. A stack that a workflow releases has one. */
const SMOKE_TESTS: Readonly<Record<string, SmokeTest>> = {
  imagery: smokeImagery,
  "jenkins-recovery": smokeJenkins,
  "jenkins-multiaz": smokeJenkins,
  "jenkins-multiaz-efs": smokeJenkins,
  "jenkins-multiaz-efs-eip": smokeJenkins,
  url2png: smokeUrl2png,
  wordpress: smokeWordpress,
  "wordpress-loadtest": smokeWordpress,
  "wordpress-schedule": smokeWordpress,
};

/** The stacks that have a smoke test. */
export const TESTED_STACKS: readonly string[] = Object.keys(SMOKE_TESTS);

/** @throws RefusedError when the stack has none */
export function smokeTestOf(stack: string): SmokeTest {
  const test = Object.hasOwn(SMOKE_TESTS, stack) ? SMOKE_TESTS[stack] : undefined;
  if (test) return test;
  throw new RefusedError(`there is no smoke test of "${stack}": add it to tools/smoke/`);
}
