import { describe, expect, it } from "@jest/globals";
import type { Member } from "../../../../tools/local/fleet/capacity";
import { InstanceRefresh, type RefreshPreferences, refreshLimits } from "../../../../tools/local/fleet/refresh";
import { SimulatedGroup } from "./support/simulated-group";

/** Numbers that are the same for the same seed (mulberry32). */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const preferences: [min: number, max: number][] = [
  [100, 200],
  [100, 150],
  [100, 101],
  [100, 100],
  [90, 100],
  [50, 100],
  [0, 100],
  [50, 150],
];

/** Whether the new image works: always, never, or for a moment only. */
const qualities = ["good", "never in service", "soon unhealthy"] as const;

/** A group, a refresh of it and everything that may happen meanwhile, in an order that the seed decides. */
class Chaos {
  readonly group: SimulatedGroup;
  readonly refresh: InstanceRefresh;
  readonly history: string[] = [];
  readonly quality: (typeof qualities)[number];
  private readonly random: (below: number) => number;
  private readonly preferences: RefreshPreferences;

  constructor(seed: number) {
    this.random = randomNumbers(seed);
    const [minHealthyPercentage, maxHealthyPercentage] = this.oneOf(preferences);
    this.preferences = { minHealthyPercentage, maxHealthyPercentage, warmupMs: this.random(6) };
    this.quality = this.oneOf(qualities);
    this.group = new SimulatedGroup(1 + this.random(6));
    this.refresh = new InstanceRefresh("new", this.preferences, () => undefined);
    this.history.push(`${JSON.stringify(this.preferences)} × ${this.group.desired}, ${this.quality}`);
  }

  /** Something happens, the group looks, and what it does then must not take it below the minimum. */
  happen(): void {
    this.event();
    this.look();
  }

  /** Nothing bad happens any more: what is launched arrives, serves if it can, and time passes. */
  recover(): void {
    this.group.buryLeaving();
    this.group.arrive();
    for (const member of this.group.staying()) this.prosper(member);
    this.group.now += 1;
    this.look();
  }

  private look(): void {
    const { group } = this;
    const { atLeast, atMost } = refreshLimits(this.preferences, group.desired);
    const refreshed = this.refresh.isRunning;
    const before = group.serving;
    const unhealthy = group.staying().filter((member) => member.unhealthy).length;
    const steps = group.nextSteps(this.refresh);
    group.apply(steps);
    this.history.push(`→ launch ${steps.launch}, retire ${steps.retire.map(({ id }) => id).join(" ") || "none"}`);
    // The number that serves is never taken below the minimum; what has fallen below it by itself is not taken further.
    const fewest = Math.min(before, refreshed ? atLeast : group.desired);
    if (group.serving < fewest) throw new Error(`${group.serving} serve, and ${fewest} had to`);
    // And no more are launched than the maximum allows; each unhealthy one may have a successor, and a group that makes its
    // zones alike may have one more.
    const most = (refreshed ? atMost : group.desired + 1) + unhealthy;
    const existing = group.staying().length + group.launching;
    if (steps.launch > 0 && existing > most) throw new Error(`${existing} exist, and ${most} may`);
  }

  private event(): void {
    const { group } = this;
    const chance = this.random(12);
    const member = group.members[this.random(Math.max(group.members.length, 1))];
    this.history.push(`${chance} ${member?.id ?? ""}`);
    if (chance <= 2) group.now += this.random(4);
    else if (chance <= 4) group.arrive();
    else if (chance <= 7 && member?.leaving === false) this.prosper(member);
    else if (chance === 8 && member !== undefined) group.remove(this.refresh, member);
    else if (chance === 9 && member?.leaving === false && member.inServiceSince !== undefined) group.spoil(member);
    else if (chance === 10) group.desired = 1 + this.random(6);
    else if (this.random(10) === 0 && this.refresh.isRunning) this.refresh.cancel();
    else group.buryLeaving();
  }

  private prosper(member: Member): void {
    if (!member.current || this.quality === "good") this.group.serve(member);
    else if (this.quality === "soon unhealthy" && member.inServiceSince === undefined) this.group.serve(member);
    else if (this.quality === "soon unhealthy") this.group.spoil(member);
    else this.group.remove(this.refresh, member);
  }

  private oneOf<T>(list: readonly T[]): T {
    const [drawn] = list.slice(this.random(list.length));
    if (drawn === undefined) throw new Error("nothing to draw from");
    return drawn;
  }
}

describe("whatever happens during a refresh, in whatever order", () => {
  it("the group never takes itself below its minimum or above its maximum, and comes to an end", () => {
    const ends = new Set<string>();
    for (let seed = 1; seed <= 2000; seed += 1) {
      const chaos = new Chaos(seed);
      try {
        for (let events = 0; events < 60; events += 1) chaos.happen();
        for (let steps = 0; steps < 60; steps += 1) chaos.recover();
        const { group, refresh } = chaos;
        expect(refresh.isRunning).toBe(false);
        if (chaos.quality === "good") {
          expect([group.serving, group.staying().length]).toEqual([group.desired, group.desired]);
        }
        ends.add(`${chaos.quality}: ${refresh.state.status}`);
      } catch (error) {
        throw new Error(`seed ${seed}: ${chaos.history.slice(-40).join("\n")}`, { cause: error });
      }
    }
    // The dice were rolled often enough to see every end.
    expect([...ends].sort()).toEqual(
      expect.arrayContaining([
        "good: Cancelled",
        "good: Failed",
        "good: Successful",
        "never in service: Cancelled",
        "never in service: Failed",
        "soon unhealthy: Failed",
      ]),
    );
  });
});
