import type { ScriptedGroup } from "./scripted-groups";

/** What becomes of a group whose launch template has changed: one step at each look. */
export type Course = (group: ScriptedGroup) => Generator<void, void>;

/** Every instance is replaced, one after the other; a new group gets its instances. */
export function* succeeds(group: ScriptedGroup): Generator<void, void> {
  const old = [...group.instances];
  const refreshes = group.refresh !== undefined;
  if (refreshes) yield;
  for (let done = 0; done < group.desired; done += 1) {
    const fresh = group.launch();
    const percentage = Math.round((100 * done) / group.desired);
    if (refreshes) group.progress("InProgress", percentage, "Waiting for instances to warm up before continuing.");
    yield;
    fresh.LifecycleState = "InService";
    group.instances = group.instances.filter((instance) => instance !== old[done]);
    yield;
  }
  if (refreshes) group.progress("Successful", 100);
}

/** AWS gives up, or somebody else ends it. */
export function ends(status: "Failed" | "Cancelled" | "RollbackSuccessful", reason?: string): Course {
  return function* (group) {
    yield;
    group.progress("InProgress", 0);
    group.launch();
    yield;
    group.progress(status, 0, reason);
  };
}

/** New instances start and never become healthy. */
export function* hangs(group: ScriptedGroup): Generator<void, void> {
  group.launch();
  for (;;) {
    if (group.refresh) group.progress("InProgress", 0, "Waiting for remaining instances to be available.");
    yield;
  }
}

/** Every launch fails, and AWS tries again and again. */
export function launchesFail(reason: string, code: "Failed" | "Cancelled" = "Failed"): Course {
  return function* (group) {
    for (;;) {
      yield;
      if (group.refresh) group.progress("InProgress", 0);
      group.failLaunch(reason, code);
    }
  };
}
