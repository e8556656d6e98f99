import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "@jest/globals";
import { environmentFileOf } from "../../modules/boot-script";
import { parseTimeSpan, readServiceUnit } from "../../tools/local/fleet/systemd-unit";

const images = fileURLToPath(new URL("../../images", import.meta.url));
const all = readdirSync(images, { recursive: true, encoding: "utf8" });
const files = all.filter((file) => file.endsWith(".service"));
const units = files.filter((file) => !file.startsWith("base/"));
/** What starts a service by itself. */
const triggers = all.filter((file) => /\.(timer|path)$/.test(file));
const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0;
if (!hasSystemd) {
  console.log("systemd-analyze is not installed, units are checked as text alone; it is part of systemd");
}

/** Tried one by one: with any of these less, Chromium finds no sandbox and ends. docs/decisions/088-chromium-under-systemd.md */
const CHROMIUM_SANDBOX: ReadonlyMap<string, { readonly namespaces: string; readonly systemCalls: readonly string[] }> =
  new Map([["url2png-worker.service", { namespaces: "user pid net", systemCalls: ["chroot"] }]]);

// What others have built has its own tests: jenkins-unit.test.ts, wordpress-units.test.ts
describe.each(units.filter((file) => !/^(jenkins|wordpress)\//.test(file)))("the unit %s", (file) => {
  const [application = "", name = ""] = file.split("/");
  const unit = readServiceUnit(join(images, file));
  const every = (key: string): readonly string[] => unit.sections.get("Service")?.get(key) ?? [];
  const service = (key: string): string | undefined => every(key).at(-1);

  it("reads the environment file that the boot script writes", () => {
    expect(unit.environmentFiles).toEqual([environmentFileOf(name.replace(".service", ""))]);
  });

  it("runs the built application with the numbered Node.js of the image", () => {
    expect(unit.command[0]).toBe("/usr/bin/node-24");
    expect(unit.command.at(-1)).toMatch(new RegExp(`^/opt/${application}/[a-z]+\\.js$`));
    expect(unit.workingDirectory).toBe(`/opt/${application}`);
  });

  it("starts with the machine, again whenever it ends, and has more time to stop than it needs", () => {
    expect(unit.sections.get("Install")?.get("WantedBy")).toEqual(["multi-user.target"]);
    expect(unit.restart).toBe("always");
    expect(unit.stopTimeoutMs).toBeGreaterThan(25_000);
  });

  it("is killed and started anew when it tells systemd's watchdog nothing for a minute", () => {
    expect(service("WatchdogSec")).toBe("60s");
    expect(service("WatchdogSignal")).toBe("SIGKILL");
    // systemd-notify, a child of the service, speaks for it over a socket.
    expect(service("NotifyAccess")).toBe("all");
    expect(service("RestrictAddressFamilies")?.split(" ")).toContain("AF_UNIX");
    // Longer than it takes to stop, in which the worker is not healthy.
    expect(parseTimeSpan(service("WatchdogSec") ?? "", file) / 2).toBeGreaterThanOrEqual(unit.stopTimeoutMs / 1000);
  });

  it("writes a log that is sent to CloudWatch Logs, and runs without that, too", () => {
    const plain = name.replace(".service", "");
    expect(service("StandardOutput")).toBe(`append:/var/log/steadfast/${plain}.log`);
    expect(service("StandardError")).toBe("inherit");
    const section = unit.sections.get("Unit");
    expect(section?.get("Wants")?.join(" ").split(" ")).toContain(`steadfast-logs@${plain}.service`);
    for (const key of ["Requires", "BindsTo", "Requisite", "After"]) {
      expect(section?.get(key)?.join(" ") ?? "").not.toContain("steadfast-logs@");
    }
  });

  it("has a user of its own, no privileges, no writable file system and a memory limit", () => {
    expect(service("User")).toBe(application);
    expect(unit.sections.get("Service")?.has("CapabilityBoundingSet")).toBe(true);
    expect(every("CapabilityBoundingSet")).toEqual([]);
    expect(service("NoNewPrivileges")).toBe("yes");
    expect(service("ProtectSystem")).toBe("strict");
    expect(service("ProtectHome")).toBe("yes");
    expect(service("PrivateTmp")).toBe("yes");
    expect(service("MemoryMax")).toMatch(/^\d+M$/);
  });

  it("makes no namespaces and calls nothing of the system but what a service needs, but for Chromium's sandbox", () => {
    const sandbox = CHROMIUM_SANDBOX.get(name);
    expect(service("RestrictNamespaces")).toBe(sandbox?.namespaces ?? "yes");
    expect(every("SystemCallFilter")).toEqual(["@system-service", ...(sandbox?.systemCalls ?? [])]);
    expect(service("SystemCallErrorNumber")).toBe("EPERM");
  });

  it("lets Node compile while it runs", () => {
    expect(service("MemoryDenyWriteExecute")).toBeUndefined();
  });
});

describe("the unit url2png-worker, whose service is a browser as well", () => {
  const unit = readServiceUnit(join(images, "url2png/url2png-worker.service"));
  const service = (key: string): string | undefined => unit.sections.get("Service")?.get(key)?.at(-1);

  it("stops the worker alone, which needs its browser to finish, and then kills what is left", () => {
    expect(service("KillMode")).toBe("mixed");
  });

  it("goes on when the kernel has killed a page for the memory that it took", () => {
    expect(service("OOMPolicy")).toBe("continue");
  });

  it("writes nothing of a page to the disk when the browser crashes", () => {
    expect(service("LimitCORE")).toBe("0");
  });

  it("starts no browser without a sandbox on a machine, and leaves that open where npm start runs it", () => {
    expect(unit.environment).not.toHaveProperty("CHROMIUM_SANDBOX");
    const machine = readFileSync(join(images, "url2png/require-sandbox.conf"), "utf8");
    expect(machine).toMatch(/\[Service\]\nEnvironment=CHROMIUM_SANDBOX=required\n$/);
  });
});

describe("the unit that sends a log", () => {
  const text = readFileSync(join(images, "base/steadfast-logs@.service"), "utf8");

  it("knows the log group from the service's environment file", () => {
    expect(text).toContain(`EnvironmentFile=${environmentFileOf("%i")}\n`);
    expect(text).toContain("ExecStart=/usr/local/libexec/steadfast/ship-logs %i\n");
  });

  it("tries again for ever", () => {
    expect(text).toContain("StartLimitIntervalSec=0\n");
    expect(text).toContain("Restart=on-failure\n");
  });
});

describe("every unit", () => {
  (hasSystemd ? it : it.skip)("is accepted by systemd-analyze verify", () => {
    const root = mkdtempSync(join(tmpdir(), "steadfast-units-"));
    try {
      // The programs are in the image, not on this machine: any executable in their places will do.
      for (const file of [...files, ...triggers]) {
        const text = readFileSync(join(images, file), "utf8");
        const local = text.replace(/(?<=^ExecStart=)\S+/m, process.execPath);
        writeFileSync(join(root, basename(file)), local);
      }
      // Verified through the unit that wants it, as a template is none by itself.
      const copies = [...units, ...triggers].map((file) => join(root, basename(file)));
      const { status, stderr } = spawnSync("systemd-analyze", ["verify", ...copies], { encoding: "utf8" });
      expect(stderr).toBe("");
      expect(status).toBe(0);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
