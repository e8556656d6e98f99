import type { ProcessInfo } from "./processes";

/**
 * A process and everything that it started, as a control group of systemd's holds it: also what has left its process group, and
 * what is left of it when the process in between has ended. What was started and orphaned between two looks is missed.
 */
export class ProcessTree {
  private known = new Map<number, ProcessInfo>();
  private used = 0;
  private usedBefore = 0;
  private lookedAt: number | undefined;
  private percent: number | undefined;

  /** @param root the process id of the first one */
  constructor(private readonly root: number) {}

  /** Processor time that all of them have used since the first look, in seconds of one core */
  get cpuSeconds(): number {
    return this.used;
  }

  /** Per cent of one core between the last two looks; undefined before the second one */
  get cpuPercent(): number | undefined {
    return this.percent;
  }

  /** Those of them that were there at the last look, except the first one */
  get descendants(): ProcessInfo[] {
    return [...this.known.values()].filter(({ pid }) => pid !== this.root);
  }

  /** Takes a look. @param processes all that this machine runs @param now in milliseconds */
  look(processes: readonly ProcessInfo[], now: number): void {
    const members = this.membersAmong(processes);
    const isFirst = this.lookedAt === undefined;
    for (const { pid, started, cpuSeconds } of members.values()) {
      const before = this.known.get(pid);
      const already = before?.started === started ? before.cpuSeconds : 0;
      // What was used before the first look was used at an unknown time.
      if (!isFirst) this.used += Math.max(cpuSeconds - already, 0);
    }
    if (this.lookedAt !== undefined && now > this.lookedAt) {
      this.percent = (100_000 * (this.used - this.usedBefore)) / (now - this.lookedAt);
    }
    this.usedBefore = this.used;
    this.lookedAt = now;
    this.known = members;
  }

  private membersAmong(processes: readonly ProcessInfo[]): Map<number, ProcessInfo> {
    const members = new Map<number, ProcessInfo>();
    const isKnown = ({ pid, started }: ProcessInfo): boolean =>
      this.known.size === 0 ? pid === this.root : this.known.get(pid)?.started === started;
    let added = processes.filter(isKnown);
    while (added.length > 0) {
      for (const process of added) members.set(process.pid, process);
      added = processes.filter(({ pid, parent }) => members.has(parent) && !members.has(pid));
    }
    return members;
  }
}
