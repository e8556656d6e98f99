import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import type { Fleet } from "../../../../tools/local/fleet/fleet";
import type { LocalImage } from "../../../../tools/local/plan";
import { LocalStack } from "../../../../tools/local/stack";
import { fixtureFolders, fixtureImage, fixtureStack } from "../fixture/stack";
import { Visitors } from "./support/visitors";

// Real processes: on a busy machine they may take their time.
jest.setTimeout(120_000);

const first: LocalImage = { ...fixtureFolders, name: "first" };
const next = fixtureImage("next");
const lines: string[] = [];
let local: LocalStack;
let web: Fleet;
let visitors: Visitors;
/** The fewest instances of the web fleet that served at any time of a test */
let fewest: number;
let sampling: NodeJS.Timeout;

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(10);
}

const isRunning = (fleet: Fleet): boolean => fleet.refresh !== undefined && fleet.refresh.endedAt === undefined;
const ids = (image: string): string[] => web.allInstances.filter((each) => each.image === image).map(({ id }) => id);
const launched = (image: string): Promise<void> => until(() => ids(image).length > 0);

function kill(id: string | undefined): void {
  process.kill(web.allInstances.find((instance) => instance.id === id)?.pid ?? 0, "SIGKILL");
}

/** Refreshes both fleets and waits for the end. */
async function refreshTo(image: LocalImage): Promise<void> {
  local.startRefresh(image);
  await Promise.all([...local.fleets.values()].map((fleet) => fleet.settled()));
}

beforeAll(async () => {
  local = await LocalStack.start({
    stack: fixtureStack(),
    folders: fixtureFolders,
    imageName: first.name,
    capacity: { web: 2 },
    // Warm-up 0.5 s, launching hook 6 s.
    timeFactor: 10,
    log: (line) => lines.push(line),
  });
  web = local.fleet("web");
});

beforeEach(async () => {
  await until(() => web.serving.length === web.desiredCapacity);
  visitors = new Visitors(`${local.url}/folder`);
  fewest = Infinity;
  sampling = setInterval(() => (fewest = Math.min(fewest, web.serving.length)), 5);
});

afterEach(async () => {
  await visitors.leave();
  clearInterval(sampling);
  web.setDesiredCapacity(2);
  for (const fleet of local.fleets.values()) if (isRunning(fleet)) fleet.cancelRefresh();
  await refreshTo(first);
});

afterAll(() => local.stop());

describe("a refresh of a fleet", () => {
  it("replaces every instance, never has fewer than the minimum, and fails no request", async () => {
    const before = ids(first.name);
    await refreshTo(next);
    await visitors.leave();
    expect(visitors.failed).toEqual([]);
    expect(visitors.sent).toBeGreaterThan(10);
    expect(fewest).toBe(2);
    expect(visitors.answers).toEqual(new Set([`${first.dist}/fixture`, `${next.dist}/fixture`]));
    expect(web.members.map(({ image }) => image)).toEqual(["next", "next"]);
    expect(before.some((id) => web.allInstances.some((instance) => instance.id === id))).toBe(false);
    expect(web.refresh).toMatchObject({ status: "Successful", percentage: 100, image: "next" });
    expect(lines).toContain("web: instance refresh: image first → next");
    expect(lines).toContain("web: instance refresh successful: every instance was replaced");
  });

  it("of one instance launches its successor first", async () => {
    web.setDesiredCapacity(1);
    await web.settled();
    fewest = Infinity;
    await refreshTo(next);
    expect(fewest).toBe(1);
    expect(visitors.failed).toEqual([]);
  });

  it("refuses another one meanwhile, as AWS does", async () => {
    local.startRefresh(next);
    expect(() => {
      local.startRefresh(first);
    }).toThrow(expect.objectContaining({ name: "InstanceRefreshInProgress" }));
    await web.settled();
    expect(web.image).toBe("next");
  });

  const badBuilds: [name: "unhealthy" | "crashing" | "fading", reason: RegExp][] = [
    // Two are launched at once: three or four failures.
    ["unhealthy", /^[34] new instances failed, the last one: i-\w+ was not healthy within 6 s$/],
    ["crashing", /^[34] new instances failed, the last one: i-\w+ lost \(exit code 3\)$/],
    ["fading", /^[34] new instances failed, the last one: i-\w+ was unhealthy in its target group$/],
  ];
  describe.each(badBuilds)("to a build that is %s", (name, reason) => {
    it("fails, removes what it launched, and leaves the old instances as they were", async () => {
      const before = ids(first.name);
      local.startRefresh(fixtureImage(name));
      await until(() => !isRunning(web));
      await until(() => ids(name).length === 0);
      expect(web.refresh?.status).toBe("Failed");
      expect(web.refresh?.reason).toMatch(reason);
      expect(web.members.map(({ id }) => id)).toEqual(before);
      expect(fewest).toBe(2);
      expect(visitors.failed).toEqual([]);
      // What it would launch now is the new image, as on AWS: somebody has to put the old one back.
      expect(web.image).toBe(name);
    });
  });

  it("remembers the launches that failed", async () => {
    local.startRefresh(fixtureImage("crashing"));
    await until(() => !isRunning(web));
    for (const { reason } of web.failedLaunches.slice(0, 3)) expect(reason).toMatch(/^i-\w+ lost \(exit code 3\)$/);
    expect(web.failedLaunches.length).toBeGreaterThanOrEqual(3);
  });

  it("goes on when an old instance is lost meanwhile", async () => {
    local.startRefresh(next);
    kill(ids(first.name)[0]);
    await web.settled();
    expect(web.refresh?.status).toBe("Successful");
    expect(ids("next")).toHaveLength(2);
  });

  it("replaces a new instance that is lost meanwhile", async () => {
    local.startRefresh(next);
    await launched("next");
    const [lost] = ids("next");
    kill(lost);
    await web.settled();
    expect(web.refresh?.status).toBe("Successful");
    expect(ids("next")).not.toContain(lost);
    expect(fewest).toBe(2);
    expect(visitors.failed).toEqual([]);
  });

  it("that is cancelled takes back what has not replaced anything yet", async () => {
    const before = ids(first.name);
    local.startRefresh(next);
    await launched("next");
    web.cancelRefresh();
    await web.settled();
    expect(web.refresh?.status).toBe("Cancelled");
    expect(web.members.map(({ id }) => id)).toEqual(before);
    expect([web.image, fewest, visitors.failed]).toEqual(["next", 2, []]);
    expect(() => {
      web.cancelRefresh();
    }).toThrow(expect.objectContaining({ name: "ActiveInstanceRefreshNotFound" }));
  });

  it("can be followed at once by another one when it is cancelled", async () => {
    local.startRefresh(fixtureImage("unhealthy"));
    await launched("unhealthy");
    for (const fleet of local.fleets.values()) fleet.cancelRefresh();
    local.startRefresh(next);
    await web.settled();
    expect(web.members.map(({ image }) => image)).toEqual(["next", "next"]);
    expect([web.refresh?.status, fewest, visitors.failed]).toEqual(["Successful", 2, []]);
  });

  it("follows the desired capacity", async () => {
    local.startRefresh(next);
    await launched("next");
    web.setDesiredCapacity(3);
    await web.settled();
    expect(web.members.map(({ image }) => image)).toEqual(["next", "next", "next"]);
    expect([web.refresh?.status, fewest, visitors.failed]).toEqual(["Successful", 2, []]);
  });
});
