import { describe, expect, it } from "@jest/globals";
import { type Member, type Situation, keepCapacity } from "../../../../tools/local/fleet/capacity";

/** Instances in service by their zones, the oldest first, named after zone and place: "a0", "a1", "b2". */
const inZones = (zones: string): Member[] =>
  Array.from(zones, (zone, index) => ({
    id: `${zone}${index}`,
    zone,
    startedAt: index,
    current: true,
    inServiceSince: index,
    serving: true,
    unhealthy: false,
    leaving: false,
  }));

const situation = (zones: string, desired: number, changes: Partial<Situation> = {}): Situation => ({
  members: inZones(zones),
  launching: 0,
  desired,
  zones: ["a", "b"],
  now: 100,
  ...changes,
});

const starting = (member: Member): Member => ({ ...member, inServiceSince: undefined, serving: false });
const retired = (state: Situation): string[] => keepCapacity(state).retire.map(({ id }) => id);

describe("a group", () => {
  describe("whose zone is back", () => {
    const back = situation("bb", 2);

    it("launches an instance there before another one leaves", () => {
      expect(keepCapacity(back)).toEqual({ launch: 1, retire: [] });
    });

    it("waits while that one starts", () => {
      expect(keepCapacity({ ...back, launching: 1 })).toEqual({ launch: 0, retire: [] });
      const [b0, b1, a2] = inZones("bba");
      if (b0 === undefined || b1 === undefined || a2 === undefined) throw new Error("three members were made");
      expect(keepCapacity({ ...back, members: [b0, b1, starting(a2)] })).toEqual({ launch: 0, retire: [] });
      expect(retired({ ...back, members: [b0, b1, { ...a2, serving: false }] })).toEqual([]);
    });

    it("then takes away the oldest one elsewhere, and is at rest", () => {
      expect(retired(situation("bba", 2))).toEqual(["b0"]);
      expect(keepCapacity(situation("ba", 2))).toEqual({ launch: 0, retire: [] });
    });
  });

  it.each([
    ["one instance", "b", 1],
    ["an odd number of instances", "bba", 3],
  ])("with %s leaves it where it is", (_case, zones, desired) => {
    expect(keepCapacity(situation(zones, desired))).toEqual({ launch: 0, retire: [] });
  });

  it("with one zone up has all its instances there", () => {
    expect(keepCapacity(situation("bb", 2, { zones: ["b"] }))).toEqual({ launch: 0, retire: [] });
  });

  it("that shrinks keeps its zones alike", () => {
    expect(retired(situation("aabb", 3))).toEqual(["a0"]);
    expect(retired(situation("abb", 2))).toEqual(["b1"]);
  });
});
