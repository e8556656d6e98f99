import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "@jest/globals";
import { pino } from "pino";
import { Browser } from "../../../../app-src/url2png/browser/browser";
import { Gatekeeper } from "../../../../app-src/url2png/network/gatekeeper";
import { processTree } from "../../../../app-src/url2png/browser/process-tree";
import { chromiumHere } from "./support/chromium-here";

const program = await chromiumHere();

/** Chromium refuses its sandbox to root. */
const isRoot = process.getuid?.() === 0;
const canHaveIt = process.platform === "linux" && !isRoot;
if (!canHaveIt)
  console.warn("SKIPPED: Chromium in its sandbox. Run the tests on Linux as a user other than root to try it.");

(program === undefined ? describe.skip : describe)("Chromium's sandbox", () => {
  const lines: string[] = [];
  const logger = pino({ level: "warn" }, { write: (line: string) => lines.push(line) });
  const gatekeeper = new Gatekeeper({ allowedNetworks: [], logger });
  let browser: Browser | undefined;

  afterEach(async () => {
    await browser?.close();
    browser = undefined;
  });

  (isRoot ? it : it.skip)(
    "is done without where there is none, with a warning that says why and how to get it",
    async () => {
      browser = await Browser.start({ gatekeeper, logger, recycle: { pages: 1 } });

      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain("WITHOUT its sandbox");
      expect(lines[0]).toContain("Running as root");
      expect(lines[0]).toContain("user other than root");
    },
  );

  (isRoot ? it : it.skip)("is not done without where it is required", async () => {
    await expect(Browser.start({ gatekeeper, logger, sandbox: "required" })).rejects.toThrow(
      /no sandbox here, and one is required: Running as root.*user other than root/s,
    );
  });

  (canHaveIt ? it : it.skip)("is on where the machine allows it", async () => {
    browser = await Browser.start({ gatekeeper, logger, sandbox: "required" });
    const tree = await processTree(browser.pid ?? 0);
    const filters = tree.map(({ pid }) => /^Seccomp:\s*(\d)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]);

    expect(lines).toEqual([]);
    expect(filters).toContain("2"); // a system call filter
  });

  it("is not what is blamed when the program cannot be started at all", async () => {
    await expect(Browser.start({ gatekeeper, logger, chromiumPath: "/does/not/exist" })).rejects.toThrow(
      /could not start \/does\/not\/exist: .*ENOENT/,
    );
  });
});
