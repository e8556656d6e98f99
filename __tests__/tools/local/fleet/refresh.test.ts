import { describe, expect, it } from "@jest/globals";
import { InstanceRefresh, type RefreshPreferences, refreshLimits } from "../../../../tools/local/fleet/refresh";
import { SimulatedGroup } from "./support/simulated-group";

const launchFirst: RefreshPreferences = { minHealthyPercentage: 100, maxHealthyPercentage: 200, warmupMs: 3 };
const terminateFirst: RefreshPreferences = { minHealthyPercentage: 50, maxHealthyPercentage: 100, warmupMs: 3 };

function refreshOf(desired: number, preferences = launchFirst): { group: SimulatedGroup; refresh: InstanceRefresh } {
  const group = new SimulatedGroup(desired);
  return { group, refresh: new InstanceRefresh("new", preferences, () => undefined) };
}

describe("the limits of a refresh", () => {
  it.each([
    // Launch before terminate.
    [100, 200, 1, { atLeast: 1, atMost: 2 }],
    [100, 200, 3, { atLeast: 3, atMost: 6 }],
    [100, 150, 3, { atLeast: 3, atMost: 4 }],
    // At least one more, or nothing could be replaced.
    [100, 110, 2, { atLeast: 2, atMost: 3 }],
    // Terminate before launch.
    [50, 100, 4, { atLeast: 2, atMost: 4 }],
    [90, 100, 10, { atLeast: 9, atMost: 10 }],
    [0, 100, 3, { atLeast: 0, atMost: 3 }],
    // At least one less, for the same reason.
    [100, 100, 3, { atLeast: 2, atMost: 3 }],
    [90, 100, 1, { atLeast: 0, atMost: 1 }],
    // Some of both.
    [90, 110, 10, { atLeast: 9, atMost: 11 }],
    [100, 200, 0, { atLeast: 0, atMost: 1 }],
  ])("of %d to %d %% of %d instances are %j", (minHealthyPercentage, maxHealthyPercentage, desired, limits) => {
    expect(refreshLimits({ minHealthyPercentage, maxHealthyPercentage, warmupMs: 0 }, desired)).toEqual(limits);
  });
});

describe("a refresh", () => {
  describe("that launches before it terminates", () => {
    it("launches all successors, and retires nothing before they have served for the warm-up", () => {
      const { group, refresh } = refreshOf(2);
      group.step(refresh);
      expect(group.launching).toBe(2);
      group.arrive().serveAll();
      group.step(refresh, 2);
      expect(group.staying("old")).toHaveLength(2);
      group.step(refresh, 1);
      expect(group.staying("old")).toHaveLength(0);
      expect(refresh.state).toMatchObject({ status: "InProgress", percentage: 100 });
    });

    it("retires one old instance for each new one that counts", () => {
      const { group, refresh } = refreshOf(2);
      group.step(refresh);
      group.arrive();
      group.serve(group.staying("new")[0]);
      group.step(refresh, 5);
      expect(group.staying("old")).toHaveLength(1);
      expect(refresh.state.percentage).toBe(50);
    });

    it("is successful when the last old instance is gone", () => {
      const { group, refresh } = refreshOf(1);
      group.step(refresh);
      group.arrive().serveAll();
      group.step(refresh, 5);
      group.step(refresh);
      expect(refresh.state.status).toBe("InProgress");
      group.buryLeaving();
      group.step(refresh);
      expect(refresh.state).toMatchObject({ status: "Successful", percentage: 100, image: "new" });
      expect(refresh.state.endedAt).toBeInstanceOf(Date);
    });
  });

  describe("that terminates before it launches", () => {
    it("makes room first, and keeps the minimum", () => {
      const { group, refresh } = refreshOf(4, terminateFirst);
      group.step(refresh);
      expect(group.staying("old")).toHaveLength(2);
      expect(group.launching).toBe(2);
      group.arrive().serveAll();
      group.step(refresh, 5);
      expect([group.staying("old").length, group.launching]).toEqual([0, 2]);
    });
  });

  describe("of instances that have the image already", () => {
    it("replaces nothing", () => {
      const group = new SimulatedGroup(2, "new");
      const refresh = new InstanceRefresh("new", launchFirst, () => undefined);
      group.step(refresh, 10);
      expect([refresh.state.status, group.launching]).toEqual(["Successful", 0]);
    });
  });

  describe("whose launches fail", () => {
    it("goes on after two", () => {
      const { group, refresh } = refreshOf(1);
      for (let failure = 0; failure < 2; failure += 1) group.step(refresh).arrive().lose(refresh, "new");
      group.step(refresh);
      expect([refresh.isRunning, group.launching]).toEqual([true, 1]);
    });

    it("fails after three in a row, says why, and leaves the old instances alone", () => {
      const { group, refresh } = refreshOf(1);
      for (let failure = 0; failure < 3; failure += 1) group.step(refresh).arrive().lose(refresh, "new");
      group.step(refresh);
      expect(refresh.state).toMatchObject({ status: "Failed", percentage: 0 });
      expect(refresh.state.reason).toMatch(/^3 new instances failed, the last one: i-\d+ lost$/);
      expect([group.staying("old").length, group.launching]).toEqual([1, 0]);
    });

    it("begins to count anew when a launch has succeeded", () => {
      const { group, refresh } = refreshOf(2);
      group.step(refresh).arrive().lose(refresh, "new").lose(refresh, "new");
      group.step(refresh).arrive();
      group.serve(group.staying("new")[0]);
      group.step(refresh, 5);
      group.lose(refresh, "new", { serving: false });
      group.step(refresh);
      expect(refresh.isRunning).toBe(true);
    });

    it("fails when what it launched turns unhealthy again and again", () => {
      const { group, refresh } = refreshOf(1);
      for (let failure = 0; failure < 3; failure += 1) {
        group.step(refresh).arrive().serveAll().step(refresh);
        for (const member of group.staying("new")) group.spoil(member);
      }
      group.step(refresh);
      expect(refresh.state.status).toBe("Failed");
      expect([group.staying("old").length, group.staying("new").length]).toEqual([1, 0]);
    });
  });

  describe("that is cancelled", () => {
    it("keeps what it has replaced and takes back what it has not", () => {
      const { group, refresh } = refreshOf(2);
      group.step(refresh).arrive();
      group.serve(group.staying("new")[0]);
      group.step(refresh, 5);
      refresh.cancel();
      group.step(refresh);
      expect(refresh.state).toMatchObject({ status: "Cancelled", percentage: 50 });
      expect([group.staying("old").length, group.staying("new").length]).toEqual([1, 1]);
    });
  });

  describe("during which the desired capacity changes", () => {
    it("replaces as many as there should be now", () => {
      const { group, refresh } = refreshOf(1);
      group.step(refresh).arrive().serveAll();
      group.desired = 3;
      group.step(refresh);
      expect(group.launching).toBe(2);
      group.step(refresh, 5);
      // One that counts and the old one are fewer than three: the old one stays.
      expect(group.staying("old")).toHaveLength(1);
      group.arrive().serveAll();
      group.step(refresh, 5);
      expect(group.staying("old")).toHaveLength(0);
    });

    it("takes away what is too much, the old ones first", () => {
      const { group, refresh } = refreshOf(3);
      group.step(refresh).arrive();
      group.desired = 1;
      group.step(refresh);
      expect(group.staying("old")).toHaveLength(1);
      group.serveAll();
      group.step(refresh, 5);
      group.step(refresh);
      expect([group.staying("old").length, group.staying("new").length]).toEqual([0, 1]);
    });
  });
});
