import { jest } from "@jest/globals";
import { PlainLog } from "../../../../tools/release/display/deployment-log";
import { deploy, type DeploymentReport, type DeployOptions } from "../../../../tools/release/rollout/deployment";
import type { Decision, Interruption } from "../../../../tools/release/rollout/watch";
import { ScriptedAws } from "./scripted-aws";
import { ScriptedWorld } from "./scripted-world";

/** Images of imagery: one that ran for long, and the one that is to be deployed. */
export const GOOD = "ami-600d";
export const NEW = "ami-4e30";
export const PARAMETER = "/steadfast/dev/images/imagery";

const MINUTE = 60_000;

/** Ctrl-C as a test presses it, and the answers that are given. */
export class ScriptedInterruption implements Interruption {
  #controller = new AbortController();
  readonly decisions: Decision[] = [];

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  press(...decisions: readonly Decision[]): void {
    this.decisions.push(...decisions);
    this.#controller.abort();
  }

  ask(): Promise<Decision> {
    this.#controller = new AbortController();
    const decision = this.decisions.shift();
    return decision ? Promise.resolve(decision) : Promise.reject(new Error("the test has no answer"));
  }
}

/**
 * A stack whose groups run GOOD and shall run NEW, which is published. The clock stands, and goes on by a minute at each look at
 * the groups.
 */
export class Scenario {
  readonly aws = new ScriptedAws();
  readonly world: ScriptedWorld;
  readonly interruption = new ScriptedInterruption();
  /** What was said, without the time */
  readonly said: string[] = [];
  readonly #clock = jest
    .spyOn(Date, "now")
    .mockImplementation(() => this.aws.calls("DescribeAutoScalingGroups") * MINUTE);

  /** @param groups names of groups that run imagery, in service before the test begins */
  constructor(...groups: readonly string[]) {
    this.world = new ScriptedWorld(
      this.aws,
      new Map((groups.length > 0 ? groups : ["server"]).map((name) => [name, "imagery"])),
    );
    for (const image of [GOOD, NEW]) this.aws.images.add(image);
    for (const group of groups) this.aws.groups.inService(group, GOOD);
    this.aws.parameters.set(PARAMETER, GOOD, NEW);
    if (groups.length > 0) this.aws.parameters.label(PARAMETER, 1, "healthy");
  }

  deploy(options: Partial<DeployOptions> = {}): Promise<DeploymentReport> {
    const log = new PlainLog((text) => this.said.push(text.replace(/^ *[\d.]+s /, "").trimEnd()));
    const { world, interruption } = this;
    return deploy({ world, log, interruption, timeoutMs: 45 * MINUTE, pollMs: 1, ...options });
  }

  /** The images that a group's instances in service run. */
  running(group = "server"): string[] {
    const { instances, images } = this.aws.groups.get(group);
    return instances
      .filter(({ LifecycleState }) => LifecycleState === "InService")
      .map(({ LaunchTemplate }) => images[Number(LaunchTemplate?.Version) - 1] ?? "unknown");
  }

  published(): string | undefined {
    return this.aws.parameters.value(PARAMETER);
  }

  healthy(): string[] {
    return this.aws.parameters.labelled(PARAMETER, "healthy");
  }

  end(): void {
    this.aws.restore();
    this.#clock.mockRestore();
  }
}
