import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "@jest/globals";
import { environmentFileOf } from "../../modules/boot-script";
import { readServiceUnit } from "../../tools/local/fleet/systemd-unit";

const images = fileURLToPath(new URL("../../images", import.meta.url));
const units = readdirSync(images, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".service"));
const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0;

describe.each(units)("the unit %s", (file) => {
  const [application = "", name = ""] = file.split("/");
  const unit = readServiceUnit(join(images, file));
  const service = (key: string): string | undefined => unit.sections.get("Service")?.get(key)?.at(-1);

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

  it("has a user of its own, no privileges, no writable file system and a memory limit", () => {
    expect(service("User")).toBe(application);
    expect(unit.sections.get("Service")?.get("CapabilityBoundingSet")).toEqual([]);
    expect(service("NoNewPrivileges")).toBe("yes");
    expect(service("ProtectSystem")).toBe("strict");
    expect(service("ProtectHome")).toBe("yes");
    expect(service("PrivateTmp")).toBe("yes");
    expect(service("MemoryMax")).toMatch(/^\d+M$/);
  });

  it("lets Node compile while it runs", () => {
    expect(service("MemoryDenyWriteExecute")).toBeUndefined();
  });
});

describe("every unit", () => {
  if (!hasSystemd) {
    it.skip("is accepted by systemd-analyze verify (skipped: systemd is not installed)", () => undefined);
    return;
  }

  it("is accepted by systemd-analyze verify", () => {
    const root = mkdtempSync(join(tmpdir(), "steadfast-units-"));
    try {
      // The program is in the image, not on this machine: any executable at its place will do.
      mkdirSync(join(root, "bin"));
      const node = join(root, "bin", "node-24");
      symlinkSync(process.execPath, node);
      const files = units.map((file) => {
        const text = readFileSync(join(images, file), "utf8").replaceAll("/usr/bin/node-24", node);
        const copy = join(root, file.split("/").at(-1) ?? "");
        writeFileSync(copy, text);
        return copy;
      });
      const { status, stderr } = spawnSync("systemd-analyze", ["verify", ...files], { encoding: "utf8" });
      expect(stderr).toBe("");
      expect(status).toBe(0);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
