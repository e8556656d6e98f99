import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { APPLICATION_NAMES, BUILT_APPLICATION_NAMES, buildApplications } from "../../../tools/build/applications";
import { readServiceUnit } from "../../../tools/local/fleet/systemd-unit";

const images = new URL("../../../images/", import.meta.url).pathname;
let into: string;
beforeAll(async () => {
  into = mkdtempSync(join(tmpdir(), "steadfast-build-"));
  await buildApplications({ into, mark: "one of many" });
}, 60_000);
afterAll(() => {
  rmSync(into, { recursive: true });
});

describe("building the applications", () => {
  it("gives each a folder, and leaves nothing else behind", () => {
    expect(readdirSync(into).sort()).toEqual([...BUILT_APPLICATION_NAMES].sort());
  });

  it("has nothing to build of Jenkins, the program of others, which has an image all the same", async () => {
    expect(APPLICATION_NAMES).toEqual([...BUILT_APPLICATION_NAMES, "jenkins", "wordpress"].sort());
    expect(await buildApplications({ into, only: ["jenkins"] })).toEqual([]);
    expect(readdirSync(into)).not.toContain("jenkins");
  });

  it("builds the ones that are asked for and leaves the others as they are", async () => {
    const [first = "", ...others] = BUILT_APPLICATION_NAMES;
    for (const name of BUILT_APPLICATION_NAMES) writeFileSync(join(into, name, "earlier"), "");
    expect((await buildApplications({ into, mark: "one of many", only: [first] })).map(({ name }) => name)).toEqual([
      first,
    ]);
    const earlier = BUILT_APPLICATION_NAMES.filter((name) => readdirSync(join(into, name)).includes("earlier"));
    expect(earlier).toEqual(others);
  });
});

describe.each(BUILT_APPLICATION_NAMES)("the build of %s", (name) => {
  const programs = readdirSync(join(images, name))
    .filter((file) => file.endsWith(".service"))
    .map((file) => readServiceUnit(join(images, name, file)).command.at(-1) ?? "");

  it("can be read by whoever a service runs as", () => {
    expect(statSync(join(into, name)).mode & 0o777).toBe(0o755);
  });

  it.each(programs)("has the unit's program %s, which needs nothing beside it but Node and its settings", (program) => {
    const file = program.replace("/opt", into);
    expect(readFileSync(file, "utf8")).toMatch(/^\/\/ one of many\n/);
    // Without any settings: it gets as far as naming what it misses, so every module has been found.
    const { status, stderr, stdout } = spawnSync(process.execPath, [file], { encoding: "utf8", env: {}, cwd: into });
    expect(stderr + stdout).toMatch(/BUCKET/);
    expect(status).toBe(1);
  });
});

describe("the build of url2png", () => {
  const require = createRequire(import.meta.url);
  const bin = join(dirname(require.resolve("@sparticuz/chromium")), "../../bin");

  it("holds Chromium as its package brings it: the files that its unpacking finds, and no copy where a link will do", () => {
    const packed = join(into, "url2png", "chromium");
    expect(readdirSync(packed).sort()).toEqual(readdirSync(bin).sort());
    expect(readdirSync(packed)).toContain("chromium.br");
    for (const file of readdirSync(bin)) {
      expect([file, statSync(join(packed, file)).size]).toEqual([file, statSync(join(bin, file)).size]);
    }
  });

  it("has no web page", () => {
    expect(readdirSync(join(into, "url2png"))).not.toContain("public");
  });
});
