import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { createApp } from "../../../main";
import { UsageError } from "../../../tools/local/options";
import { LocalStack, whyNotRunnable } from "../../../tools/local/stack";
import { SynthesizedStack } from "../../../tools/local/terraform/synthesized";
import { fixtureFolders, fixtureJson, fixtureStack } from "./fixture/stack";

// Real processes and connections: on a busy machine they may take their time.
jest.setTimeout(60_000);

const lines: string[] = [];
let local: LocalStack;

function isAlive(pid: number | undefined): boolean {
  try {
    process.kill(pid ?? 0, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20);
}

const post = async (path: string): Promise<string> => (await fetch(`${local.url}${path}`, { method: "POST" })).text();
const environment = async (): Promise<Record<string, string>> =>
  (await (await fetch(`${local.url}/environment`)).json()) as Record<string, string>;

beforeAll(async () => {
  process.env.AWS_PROFILE_OF_A_TEST = "must not be seen";
  local = await LocalStack.start({
    stack: fixtureStack(),
    folders: fixtureFolders,
    capacity: { web: 2 },
    environment: { web: { EXTRA: "from a test" } },
    log: (line) => lines.push(line),
  });
});

afterEach(async () => {
  for (const fleet of local.fleets.values()) await fleet.settled();
});

afterAll(() => local.stop());

describe("a stack that was started", () => {
  it("says what does not run here", () => {
    expect(lines).toContain("not run here: subnet ×2, vpc");
    expect(lines).toContain("without effect here: aws_dynamodb_table: point_in_time_recovery");
  });

  it("knows the stack's outputs with the addresses of this machine", () => {
    expect(local.output("url")).toBe(local.url);
    expect(() => local.output("none")).toThrow('no output "none"');
  });

  it("starts each process as its unit and its user data say, with credentials of its own", async () => {
    const variables = await environment();
    expect(variables).toMatchObject({
      GREETING: "hello from the unit",
      LITERAL: 'a "quoted" ${value}',
      TABLE: "fixture-dev-things",
      BUCKET: "fixture-dev-files-000000000000",
      QUEUE_URL: `${local.gateway.url}/000000000000/fixture-dev-work`,
      AWS_REGION: "eu-west-1",
      AWS_ENDPOINT_URL_S3: local.gateway.url,
      AWS_EC2_METADATA_DISABLED: "true",
      EXTRA: "from a test",
      cwd: `${fixtureFolders.dist}/fixture`,
    });
    expect(local.gateway.credentials.find(variables.AWS_ACCESS_KEY_ID ?? "")?.caller).toMatchObject({ name: "web" });
    expect(Object.keys(variables)).not.toContain("AWS_PROFILE_OF_A_TEST");
  });

  it("spreads a fleet over the zones", () => {
    expect(
      local
        .fleet("web")
        .members.map(({ zone }) => zone)
        .sort(),
    ).toEqual(["zone a", "zone b"]);
  });

  it("shortens what the services log", () => {
    expect(lines).toContainEqual(expect.stringMatching(/^web: i-[0-9a-f]{4} listening port=\d+$/));
  });
});

describe("a fleet", () => {
  describe("that loses a process to kill -9", () => {
    it("launches another one in the zone that has too few", async () => {
      const fleet = local.fleet("web");
      const [lost, other] = fleet.members;
      process.kill(lost?.pid ?? 0, "SIGKILL");
      await until(() => !fleet.allInstances.some(({ id }) => id === lost?.id));
      await fleet.settled();
      expect(fleet.members.map(({ zone }) => zone).sort()).toEqual(["zone a", "zone b"]);
      expect(fleet.members).toContain(other);
      expect(lines).toContainEqual(expect.stringMatching(/^web: i-\w+ lost \(SIGKILL\): will be replaced/));
    });

    it("ends what the process had started, too", async () => {
      const fleet = local.fleet("web");
      const child = Number(await post("/child"));
      expect(isAlive(child)).toBe(true);
      for (const { pid } of fleet.members) process.kill(pid ?? 0, "SIGKILL");
      await until(() => !isAlive(child));
    });
  });

  describe("with an instance that its target group finds unhealthy", () => {
    it("replaces it, and is never smaller than it should be", async () => {
      const fleet = local.fleet("web");
      await until(async () => (await fetch(`${local.url}/health`)).ok);
      const before = fleet.members.map(({ id }) => id);
      let fewest = fleet.members.length;
      await post("/unhealthy");
      await until(() => {
        fewest = Math.min(fewest, fleet.members.length);
        return before.some((id) => !fleet.allInstances.some((instance) => instance.id === id));
      });
      expect(fewest).toBe(2);
      expect(lines).toContainEqual(expect.stringMatching(/^web: i-\w+ unhealthy, replaced: draining$/));
    });
  });

  describe("whose desired capacity changes", () => {
    it("grows and shrinks within its limits", async () => {
      const fleet = local.fleet("worker");
      fleet.setDesiredCapacity(3);
      await fleet.settled();
      expect(fleet.members).toHaveLength(3);
      fleet.setDesiredCapacity(1);
      await fleet.settled();
      expect(fleet.members).toHaveLength(1);
    });

    it.each([0, 4, 1.5])("refuses %d", (count) => {
      expect(() => {
        local.fleet("worker").setDesiredCapacity(count);
      }).toThrow("must be a whole number from 1 to 3");
    });
  });
});

describe("a stack that is stopped", () => {
  it("leaves no process and no port, even when a service is deaf to SIGTERM", async () => {
    const another = await LocalStack.start({ stack: fixtureStack(), folders: fixtureFolders });
    const pids = [...another.fleets.values()].flatMap((fleet) => fleet.members.map(({ pid }) => pid));
    const { url = "", gateway } = another;
    const endpoint = gateway.url;
    await until(async () => (await fetch(`${url}/health`)).ok);
    await fetch(`${url}/deaf`, { method: "POST" });
    await another.stop();
    expect(pids.filter(isAlive)).toEqual([]);
    await expect(fetch(url)).rejects.toThrow();
    await expect(fetch(endpoint)).rejects.toThrow();
  });
});

describe("a start", () => {
  it("is refused when the port is taken", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const start = LocalStack.start({ stack: fixtureStack(), folders: fixtureFolders, port });
    await expect(start).rejects.toThrow(
      new UsageError(`port ${port} is taken by another program: choose another one with --port`),
    );
    server.close();
  });

  it.each([
    [{ web: 4 }, 'the capacity of "web" must be a whole number from 1 to 3, got 4'],
    [{ webb: 1 }, 'there is no fleet "webb" (there are: web, worker)'],
  ])("is refused with the capacity %j", async (capacity, message) => {
    const start = LocalStack.start({ stack: fixtureStack(), folders: fixtureFolders, capacity });
    await expect(start).rejects.toThrow(new UsageError(message));
  });

  it("is refused with variables for a fleet that there is not", async () => {
    const environment = { workers: { EXTRA: "x" } };
    const start = LocalStack.start({ stack: fixtureStack(), folders: fixtureFolders, environment });
    await expect(start).rejects.toThrow(new UsageError('there is no fleet "workers" (there are: web, worker)'));
  });

  it("can be broken off, and leaves nothing then", async () => {
    const breaking = new AbortController();
    const start = LocalStack.start({
      stack: fixtureStack(),
      folders: fixtureFolders,
      environment: { web: { UNHEALTHY: "yes" } },
      signal: breaking.signal,
      log: (line) => {
        if (line.includes("listening")) breaking.abort();
      },
    });
    await expect(start).rejects.toThrow();
  });
});

describe("a stack that cannot run here", () => {
  it("says why", () => {
    const json = fixtureJson();
    expect(whyNotRunnable(new SynthesizedStack("x", { ...json, resource: {} }), fixtureFolders)).toBe(
      "it has no fleet of services",
    );
    expect(whyNotRunnable(fixtureStack(), { ...fixtureFolders, images: fixtureFolders.dist })).toBe(
      "there is no unit fixture-web.service in built/*/",
    );
    expect(whyNotRunnable(fixtureStack(), fixtureFolders)).toBeUndefined();
  });

  it("says which packages its machines would have to install", () => {
    const json = fixtureJson();
    const script = "#!/bin/bash\ndnf install --assumeyes httpd\n";
    const stack = new SynthesizedStack("x", { ...json, locals: { web_boot: script, worker_boot: script } });
    expect(whyNotRunnable(stack, fixtureFolders)).toBe(
      "its machines install httpd from Amazon Linux's repositories when they boot",
    );
  });

  it("says that its machines run what only their image holds", async () => {
    const folder = await mkdtemp(join(tmpdir(), "steadfast-ready-made-"));
    createApp({ outdir: folder, environment: "dev", stacks: ["jenkins-multiaz-efs-eip"] }).synth();
    expect(whyNotRunnable(SynthesizedStack.read(folder, "jenkins-multiaz-efs-eip"))).toBe(
      "its machines run jenkins, which only its machine image holds",
    );
    await rm(folder, { recursive: true });
  });
});
