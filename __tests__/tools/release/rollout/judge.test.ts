import { describe, expect, it } from "@jest/globals";
import type { GroupInstance, GroupState, RefreshStatus } from "../../../../tools/release/rollout/groups";
import { baselineOf, judge } from "../../../../tools/release/rollout/judge";

const fresh: GroupInstance = { id: "i-new", current: true, ready: true };
const starting: GroupInstance = { id: "i-starting", current: true, ready: false };
const old: GroupInstance = { id: "i-old", current: false, ready: true };

function group(state: Partial<GroupState> = {}): GroupState {
  return { name: "server", desired: 2, image: "new", instances: [fresh, fresh], failedLaunches: [], ...state };
}

function refresh(status: RefreshStatus, reason?: string) {
  return { id: "this-one", status, percentage: 40, reason };
}

const launches = (...ids: readonly string[]) => ids.map((id) => ({ id, reason: `reason of ${id}` }));

/** Before the deployment there were an earlier refresh and an earlier failed launch. */
const baseline = baselineOf(
  [group({ refresh: { id: "earlier", status: "Failed", percentage: 0 }, failedLaunches: launches("earlier") })],
  [],
);

describe("a group on its way to an image", () => {
  it.each<[string, Partial<GroupState>, string | undefined]>([
    ["all instances are new and in service", {}, undefined],
    ["its refresh has succeeded, too", { refresh: refresh("Successful") }, undefined],
    ["more are in service than desired", { desired: 1 }, undefined],
    ["it has no instances, and shall have none", { desired: 0, instances: [] }, undefined],
    ["an earlier refresh had failed", { refresh: { id: "earlier", status: "Failed", percentage: 0 } }, undefined],
  ])("is healthy when %s", (_, state, reason) => {
    expect(judge(group(state), "new", baseline)).toMatchObject({ state: "healthy", percentage: 100, reason });
  });

  it.each<[string, Partial<GroupState>, string]>([
    ["no refresh has begun", { instances: [old, old] }, "no instance refresh has started yet"],
    ["its first instances start", { instances: [starting] }, "waiting for instances to be healthy"],
    [
      "too few are in service",
      { instances: [fresh], refresh: refresh("Successful") },
      "waiting for instances to be healthy",
    ],
    [
      "an old one is still there",
      { instances: [fresh, fresh, old], refresh: refresh("Successful") },
      "waiting for instances to be healthy",
    ],
    ["AWS says why", { refresh: refresh("InProgress", "warming up") }, "warming up"],
    ["AWS does not say why", { refresh: refresh("Pending") }, "Pending"],
    ["all are in service, but its refresh goes on", { refresh: refresh("Baking") }, "Baking"],
    ["AWS cancels", { refresh: refresh("Cancelling") }, "Cancelling"],
    ["AWS rolls back", { refresh: refresh("RollbackInProgress") }, "RollbackInProgress"],
    [
      "two launches failed",
      { refresh: refresh("InProgress"), failedLaunches: launches("b", "a", "earlier") },
      "a launch failed: reason of b",
    ],
  ])("waits when %s", (_, state, reason) => {
    expect(judge(group(state), "new", baseline)).toMatchObject({ state: "waiting", reason });
  });

  it.each<[string, Partial<GroupState>, string]>([
    [
      "three launches failed",
      { refresh: refresh("InProgress"), failedLaunches: launches("c", "b", "a") },
      "3 launches failed, the last one: reason of c",
    ],
    ["its refresh failed", { refresh: refresh("Failed", "bad") }, "the instance refresh ended as Failed: bad"],
    ["its refresh was cancelled", { refresh: refresh("Cancelled") }, "the instance refresh ended as Cancelled"],
    ["AWS rolled back", { refresh: refresh("RollbackSuccessful") }, "the instance refresh ended as RollbackSuccessful"],
    [
      "AWS could not roll back",
      { refresh: refresh("RollbackFailed", "") },
      "the instance refresh ended as RollbackFailed",
    ],
  ])("has failed when %s", (_, state, reason) => {
    expect(judge(group(state), "new", baseline)).toMatchObject({ state: "failed", reason });
  });

  it("waits for an earlier failure of a launch to be joined by three new ones", () => {
    const failedLaunches = launches("b", "a", "earlier");
    expect(judge(group({ failedLaunches, instances: [old] }), "new", baseline).state).toBe("waiting");
  });

  it("is superseded when it launches another image, whatever else is the matter", () => {
    const other = group({ image: "other", refresh: refresh("Failed"), failedLaunches: launches("a", "b", "c") });
    const reason = "the group launches other now, not new";
    expect(judge(other, "new", baseline)).toMatchObject({ state: "superseded", reason });
  });

  it("is counted: new in service, old, desired, percentage of its own refresh", () => {
    const state = group({ desired: 3, instances: [fresh, starting, old, old], refresh: refresh("InProgress") });
    expect(judge(state, "new", baseline)).toMatchObject({ ready: 1, old: 2, desired: 3, percentage: 40 });
    const earlier = group({ instances: [old], refresh: { id: "earlier", status: "Failed", percentage: 90 } });
    expect(judge(earlier, "new", baseline).percentage).toBe(0);
  });
});
