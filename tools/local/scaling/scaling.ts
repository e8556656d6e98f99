import { type MeasurableGroup, Meters, type NamedBalancer } from "../cloudwatch/meters";
import type { QueueDepths } from "../emulators/queue-depths";
import type { Fleet } from "../fleet/fleet";
import type { Journal } from "../journal";
import type { Log } from "../log";
import type { AlarmSnapshot } from "../snapshot";
import type { SynthesizedStack } from "../terraform/synthesized";
import { AutoScaler } from "./auto-scaler";
import { type ScalingPlan, metricsFor, planScaling } from "./plan";
import { ScalingLoop } from "./scaling-loop";

export interface ScalingOptions {
  readonly stack: SynthesizedStack;
  /** By their names in the stack */
  readonly fleets: ReadonlyMap<string, Fleet>;
  readonly queues: QueueDepths;
  readonly balancers: readonly NamedBalancer[];
  /** How much faster time passes */
  readonly timeFactor: number;
  readonly journal: Journal;
  readonly log: Log;
}

/** CloudWatch and Auto Scaling of a stack: what it synthesized scales its fleets. */
export class Scaling {
  private readonly scaler: AutoScaler;
  private readonly loop: ScalingLoop;

  constructor({ stack, fleets, queues, balancers, timeFactor, journal, log }: ScalingOptions) {
    const plan = planScaling(stack);
    const metrics = metricsFor(plan);
    const note = journal.noteFor(undefined);
    const start = Date.now();
    this.scaler = new AutoScaler(
      {
        plan,
        metrics,
        fleets,
        timeFactor,
        note: (kind, text) => {
          log(text);
          note(kind, text);
        },
      },
      start,
    );
    const meters = new Meters({ queues, groups: groupsOf(stack, fleets, plan, timeFactor), balancers }, timeFactor);
    this.loop = new ScalingLoop({ metrics, meters, scaler: this.scaler, start, timeFactor, log });
  }

  /** The alarms as they are */
  get alarms(): AlarmSnapshot[] {
    return this.scaler.alarms;
  }

  run(): void {
    this.loop.run();
  }

  async stop(): Promise<void> {
    await this.loop.stop();
  }
}

function groupsOf(
  stack: SynthesizedStack,
  fleets: ReadonlyMap<string, Fleet>,
  { policies }: ScalingPlan,
  timeFactor: number,
): Map<string, MeasurableGroup> {
  const groups = new Map<string, MeasurableGroup>();
  for (const group of stack.ofType("aws_autoscaling_group")) {
    const fleet = fleets.get(group.id);
    if (fleet === undefined) continue;
    const warmups = policies.filter((policy) => policy.fleet === fleet.name).map(({ warmupMs }) => warmupMs);
    groups.set(group.string("name"), { fleet, warmupMs: Math.max(0, ...warmups) / timeFactor });
  }
  return groups;
}
