import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { readPlans, writeReviews } from "../../../tools/review/reviews";
import { review, TemporaryFolder } from "./support/command";
import type { PlanFixture } from "./support/plans";

let folder: TemporaryFolder;

beforeEach(() => {
  folder = new TemporaryFolder();
});

afterEach(() => {
  folder.remove();
});

const secret: PlanFixture = {
  resources: [{ actions: ["create"], after: { name: "a", password: "hunter2" }, after_sensitive: { password: true } }],
};

describe("a plan that is prepared for review", () => {
  it("says the same as the plan, without its secrets", () => {
    folder.writePlan(secret);
    folder.writePlan({}, "imagery", "prod");
    const out = join(folder.path, "out");
    const files = writeReviews(folder.path, out);
    expect(files).toEqual([join(out, "imagery.dev.review.json"), join(out, "imagery.prod.review.json")]);
    expect(readPlans(out)).toEqual(readPlans(folder.path));
    expect(readFileSync(join(folder.path, "imagery.dev.json"), "utf8")).toContain("hunter2");
    for (const file of files) expect(readFileSync(file, "utf8")).not.toContain("hunter2");
  });

  it("is refused when it has a name that could be Markdown", () => {
    folder.write("x.review.json", JSON.stringify({ stack: "<b>", environment: "dev" }));
    expect(() => readPlans(folder.path)).toThrow(/x\.review\.json is not what/);
  });
});

describe("npm run review -- markdown", () => {
  it("prints the plans of a folder, and nothing else", async () => {
    folder.writePlan(secret);
    const { status, stdout } = await review(["markdown", folder.path]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^\| stack \|[^]*<\/details>\n$/);
    expect(stdout).not.toContain("hunter2");
  });
});

describe("npm run review -- text", () => {
  it("prints a file as a block of code under a title", async () => {
    const file = folder.write("out.txt", "keep  ami-1\n```\n");
    const { stdout } = await review(["text", file, "--title", "Images of dev"]);
    expect(stdout).toBe("### Images of dev\n\n````text\nkeep  ami-1\n```\n````\n");
  });
});
