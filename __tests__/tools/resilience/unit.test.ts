import { describe, expect, it } from "@jest/globals";
import { parseUnit, readUnit } from "../../../tools/resilience/unit";
import { IMAGES } from "./support/reports";

describe("a unit", () => {
  it("says how it comes back and where it keeps data", () => {
    const text = `[Unit]
RequiresMountsFor=/var/lib/app
[Service]
Restart=always
RestartSec=1min 5s
StateDirectory=app app/cache
ReadWritePaths=-/srv/files /var/log/app
`;
    expect(parseUnit(text, "app.service")).toEqual({
      restarts: true,
      restartDelay: 65,
      dataFolders: ["/var/lib/app", "/var/lib/app/cache", "/srv/files"],
    });
  });

  it.each(["no", "on-success"])("with Restart=%s does not come back after a crash", (restart) => {
    expect(parseUnit(`[Service]\nRestart=${restart}\n`, "app.service").restarts).toBe(false);
  });

  it("that says nothing of a restart does not come back, and keeps nothing", () => {
    expect(parseUnit("[Service]\nExecStart=/bin/app\n", "app.service")).toMatchObject({
      restarts: false,
      dataFolders: [],
    });
  });

  it("of a later line counts: a drop-in may change what the unit says", () => {
    expect(parseUnit("Restart=no\n[Service]\nRestart=on-failure\n", "app.service").restarts).toBe(true);
  });

  it("is found in whichever image has it, or not at all", () => {
    expect(readUnit(IMAGES, "imagery-worker")).toEqual({ restarts: true, restartDelay: 1, dataFolders: [] });
    expect(readUnit(IMAGES, "httpd")).toBeUndefined();
  });
});
