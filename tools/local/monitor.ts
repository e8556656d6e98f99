import type { QueueDepth, QueueDepths } from "./emulators/queue-depths";
import type { Fleet } from "./fleet/fleet";
import { listProcesses } from "./fleet/processes";
import type { Log } from "./log";
import type { FleetSnapshot, HistorySample } from "./snapshot";

const intervalMs = 1000;
/** How many samples are kept: 15 minutes. */
const kept = 900;

/** Looks at the processes and the queues each second, as long as the stack runs. */
export class Monitor {
  private readonly samples: HistorySample[] = [];
  private timer: NodeJS.Timeout | undefined;
  private working = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly fleets: readonly Fleet[],
    private readonly queues: QueueDepths,
    private readonly log: Log,
  ) {}

  /** Newest last */
  get history(): readonly HistorySample[] {
    return [...this.samples];
  }

  run(): void {
    this.timer = setTimeout(() => {
      this.working = this.work();
    }, intervalMs);
  }

  /** Ends after the look that it is taking. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.working;
  }

  private async work(): Promise<void> {
    try {
      const processes = await listProcesses();
      const at = Date.now();
      for (const instance of this.fleets.flatMap((fleet) => fleet.allInstances)) instance.look(processes, at);
      this.sample(at, await this.queues.all());
    } catch (error) {
      // The next look is another chance.
      if (!this.stopped) this.log(`monitor: ${(error as Error).message}`);
    }
    if (!this.stopped) this.run();
  }

  private sample(at: number, depths: ReadonlyMap<string, QueueDepth>): void {
    this.samples.push({
      at,
      queues: Object.fromEntries([...depths].map(([name, { visible }]) => [name, visible])),
      fleets: Object.fromEntries(this.fleets.map((fleet) => [fleet.name, fleet.members.length])),
    });
    this.samples.splice(0, this.samples.length - kept);
  }
}

/** A fleet as a viewer sees it. */
export function snapshotOf(fleet: Fleet): FleetSnapshot {
  const { name, capacity, zones } = fleet;
  const instances = fleet.allInstances.map((instance) => {
    const { id, zone, pid, cpuPercent, startedAt, image } = instance;
    return { id, zone, pid, cpuPercent, startedAt, image, ...fleet.stateOf(instance) };
  });
  return { name, ...capacity, instances, zones };
}
