import { type Member, type Steps, keepCapacity } from "../../../../../tools/local/fleet/capacity";
import type { InstanceRefresh } from "../../../../../tools/local/fleet/refresh";

type Change<T> = { -readonly [Key in keyof T]: T[Key] };

/** A group without processes: what it is told to launch and to retire happens when a test says so. */
export class SimulatedGroup {
  members: Change<Member>[] = [];
  launching = 0;
  now = 0;
  private count = 0;

  constructor(
    public desired: number,
    image: "old" | "new" = "old",
  ) {
    this.launching = desired;
    this.arrive(image).serveAll();
  }

  /** Those that are not leaving */
  staying(image?: "old" | "new"): Change<Member>[] {
    return this.members.filter(
      ({ leaving, current }) => !leaving && (image === undefined || current === (image === "new")),
    );
  }

  get serving(): number {
    return this.staying().filter(({ serving }) => serving).length;
  }

  /** Every launch becomes an instance. */
  arrive(image: "old" | "new" = "new"): this {
    for (; this.launching > 0; this.launching -= 1) {
      this.count += 1;
      this.members.push({
        id: `i-${this.count}`,
        zone: this.emptiestZone(),
        startedAt: this.count,
        current: image === "new",
        inServiceSince: undefined,
        serving: false,
        unhealthy: false,
        leaving: false,
      });
    }
    return this;
  }

  private emptiestZone(): string {
    const size = (zone: string): number => this.staying().filter((member) => member.zone === zone).length;
    return size("b") <= size("a") ? "b" : "a";
  }

  serveAll(): this {
    for (const member of this.staying()) this.serve(member);
    return this;
  }

  serve(member: Change<Member> | undefined): void {
    if (member === undefined) throw new Error("there is no such instance");
    member.inServiceSince ??= this.now;
    member.serving = true;
    member.unhealthy = false;
  }

  spoil(member: Change<Member>): void {
    member.serving = false;
    member.unhealthy = true;
  }

  /** An instance ends without being asked to; by default the first of the image. */
  lose(refresh: InstanceRefresh, image: "old" | "new", { serving }: { serving?: boolean } = {}): this {
    const lost = this.staying(image).find((member) => serving === undefined || member.serving === serving);
    if (lost === undefined) throw new Error(`there is no ${image} instance to lose`);
    return this.remove(refresh, lost);
  }

  remove(refresh: InstanceRefresh, lost: Member): this {
    this.members = this.members.filter((member) => member !== lost);
    if (lost.current && !lost.leaving) refresh.failedInstance(lost.id, "lost");
    return this;
  }

  /** What was retired is gone. */
  buryLeaving(): void {
    this.members = this.members.filter(({ leaving }) => !leaving);
  }

  /** Time passes, the refresh (or, when it has ended, the group) looks, and what it says is done. */
  step(refresh: InstanceRefresh, milliseconds = 0): this {
    this.now += milliseconds;
    this.apply(this.nextSteps(refresh));
    return this;
  }

  nextSteps(refresh: InstanceRefresh): Steps {
    const { members, launching, desired, now } = this;
    const situation = { members, launching, desired, now, zones: ["a", "b"] };
    return refresh.isRunning ? refresh.look(situation) : keepCapacity(situation);
  }

  apply({ launch, retire }: Steps): void {
    this.launching += launch;
    for (const { id } of retire) {
      const member = this.members.find((candidate) => candidate.id === id);
      if (member === undefined || member.leaving) throw new Error(`${id} cannot be retired`);
      member.leaving = true;
      member.serving = false;
    }
  }
}
