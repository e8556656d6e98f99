import { AwsWorld, type StackTrial } from "./aws-world";
import { type Result, show } from "./command";
import { PlainLog } from "./display/deployment-log";
import { Interruptions } from "./display/interruptions";
import { LiveLog } from "./display/live-log";
import { question } from "./display/question";
import { EXIT } from "./errors";
import { deploy, type DeploymentReport, type Plan } from "./rollout/deployment";
import type { StackFacts } from "./terraform/stack-facts";

export interface DeployStackOptions {
  /** File of a plan that was made, and approved, earlier. Default: one is made now */
  readonly planFile?: string | undefined;
  /** Whether nobody is asked before the plan is applied; without a terminal nobody is in any case */
  readonly yes: boolean;
  readonly timeoutMinutes: number;
  /** Seconds for which the stack's URL is asked */
  readonly urlTimeout: number;
  /** Tried once the stack's URL answers, or at once where it has none */
  readonly smokeTest?: StackTrial | undefined;
  /** Whether a failure puts the previous images back */
  readonly rollBack: boolean;
}

/** Deploys a stack and says how it went. */
export async function deployStack(stack: StackFacts, options: DeployStackOptions): Promise<DeploymentReport> {
  const { stdin, stderr } = process;
  const interactive = stdin.isTTY && stderr.isTTY;
  const log = interactive ? new LiveLog(stderr) : new PlainLog(show);
  const interruption = new Interruptions({ interactive, input: stdin, output: stderr, pause: () => log.pause() });
  try {
    const world = new AwsWorld(stack, {
      show,
      stopPlanning: () => interruption.signal,
      stopApplying: interruption.urgent,
      urlTimeout: options.urlTimeout,
      smokeTest: options.smokeTest,
    });
    return await deploy({
      world,
      log,
      plan: options.planFile === undefined ? undefined : await world.read(options.planFile),
      ...(interactive && !options.yes ? { confirm } : {}),
      interruption,
      timeoutMs: options.timeoutMinutes * 60_000,
      rollBack: options.rollBack,
    });
  } finally {
    await log.pause();
    interruption.close();
  }
}

async function confirm({ changes }: Plan): Promise<boolean> {
  const { stdin: input, stderr: output } = process;
  const answer = await question(`Apply this plan (${changes} to change)? [y/N] `, { input, output });
  return /^y(es)?$/i.test(answer ?? "");
}

const EXIT_CODES: Readonly<Record<DeploymentReport["outcome"], number>> = {
  deployed: EXIT.ok,
  declined: EXIT.refused,
  "not-applied": EXIT.failed,
  "rolled-back": EXIT.failed,
  superseded: EXIT.failed,
  failed: EXIT.broken,
  left: EXIT.interrupted,
};

const WORDS: Readonly<Record<DeploymentReport["outcome"], string>> = {
  deployed: "deployed, every group is healthy",
  declined: "not deployed",
  "not-applied": "failed before any group was changed",
  "rolled-back": "failed, and rolled back",
  superseded: "another release has taken over; it was left alone",
  failed: "FAILED, AND NOT ROLLED BACK: look at it now",
  left: "left while AWS goes on; follow it with: npm run release -- status",
};

/** The report of a deployment, for people and for programs. */
export function reportOf({ name, environment }: StackFacts, report: DeploymentReport): Result {
  const { outcome, reason, images, restored = {}, rollbackReason, url } = report;
  const lines = [
    `${name} ${environment}: ${WORDS[outcome]}`,
    ...(reason === undefined ? [] : [`  what happened: ${reason}`]),
    ...Object.entries(images).map(([application, image]) => `  ${application}: ${image}`),
    ...Object.entries(restored).map(([application, image]) => `  put back: ${application} ${image}`),
    ...(rollbackReason === undefined ? [] : [`  not put back: ${rollbackReason}`]),
    ...(url === undefined ? [] : [`  ${url}`]),
  ];
  return {
    json: { stack: name, environment, ...report },
    text: lines.join("\n"),
    exitCode: EXIT_CODES[outcome],
  };
}
