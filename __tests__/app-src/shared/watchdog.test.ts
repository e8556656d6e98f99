import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { startWatchdog } from "../../../app-src/shared/watchdog";
import { eventually } from "../../support/eventually";

/** As systemd sets it for WatchdogSec=400ms. */
const environment = { NOTIFY_SOCKET: "/run/systemd/notify", WATCHDOG_USEC: "400000" };

let folder: string;
let errors: unknown[];
let stop: () => void = () => undefined;
const logger = { error: (fields: unknown) => void errors.push(fields) };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "watchdog-"));
  errors = [];
});
afterEach(async () => {
  stop();
  await rm(folder, { recursive: true, force: true });
});

/** A stand-in for systemd-notify that records what it was told, and to whom. */
async function notifier(body = ""): Promise<string> {
  const file = join(folder, "notify");
  await writeFile(file, `#!/bin/bash\necho "$NOTIFY_SOCKET $*" >> "${folder}/told"\n${body}\n`);
  await chmod(file, 0o755);
  return file;
}

const told = async (): Promise<string[]> =>
  (await readFile(join(folder, "told"), "utf8").catch(() => "")).split("\n").filter((line) => line !== "");

describe("the watchdog", () => {
  it("hears from a healthy service again and again", async () => {
    stop = startWatchdog({ environment, healthy: () => true, logger, notify: await notifier() });
    await eventually("three messages", async () => (await told()).length >= 3);
    expect(new Set(await told())).toEqual(new Set(["/run/systemd/notify --status=healthy WATCHDOG=1"]));
  });

  it("hears nothing from a service that is not healthy, and hears from it once it is", async () => {
    let healthy = false;
    let looks = 0;
    const look = () => {
      looks++;
      return healthy;
    };
    stop = startWatchdog({ environment, healthy: look, logger, notify: await notifier() });
    await eventually("three looks", () => looks >= 3);
    expect(await told()).toEqual([]);
    healthy = true;
    await eventually("a message", async () => (await told()).length >= 1);
  });

  it.each([{}, { NOTIFY_SOCKET: "/run/systemd/notify" }, { WATCHDOG_USEC: "400000" }])(
    "that systemd does not run (%j) is told nothing, and the service's health is not looked at",
    async (without) => {
      let looks = 0;
      const healthy = () => looks++ >= 0;
      stop = startWatchdog({ environment: without, healthy, logger, notify: await notifier() });
      expect(looks).toBe(0);
    },
  );

  it("that cannot be reached is reported in the log, and told again", async () => {
    stop = startWatchdog({ environment, healthy: () => true, logger, notify: await notifier("exit 1") });
    await eventually("two errors", () => errors.length >= 2);
    expect(errors[0]).toMatchObject({ err: { code: 1 } });
  });

  it("whose messenger is missing is reported in the log, and the service runs on", async () => {
    stop = startWatchdog({ environment, healthy: () => true, logger, notify: join(folder, "missing") });
    await eventually("an error", () => errors.length >= 1);
    expect(errors[0]).toMatchObject({ err: { code: "ENOENT" } });
  });
});
