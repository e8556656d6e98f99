import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { changedStacks } from "../../../tools/review/stacks/changed-stacks";
import { Checkout } from "./support/checkout";

let checkout: Checkout;
let warnings: string[];

beforeEach(() => {
  checkout = new Checkout();
  warnings = [];
});

afterEach(() => {
  checkout.remove();
});

/** `stack environment` of what has changed since a commit, and of what is gone, with a minus. */
async function changes(base: string): Promise<string[]> {
  const { changed, removed } = await changedStacks(checkout.path, base, ["dev", "prod"], (text) => warnings.push(text));
  const name = ({ stack, environment }: { stack: string; environment: string }): string => `${stack} ${environment}`;
  return [...changed.map(name), ...removed.map((target) => `-${name(target)}`)];
}

describe("the stacks that a change concerns", () => {
  it("are those that are synthesized differently, in the environments where they are", async () => {
    checkout.stacks(`{ one: { size: 1 }, two: { size: environment === "prod" ? 2 : 1 } }`);
    const base = checkout.commit();
    checkout.stacks(`{ one: { size: 3 }, two: { size: environment === "prod" ? 4 : 1 } }`);
    checkout.commit();
    expect(await changes(base)).toEqual(["one dev", "one prod", "two prod"]);
    expect(warnings).toEqual([]);
  });

  it("are none when only CDKTF's notes, the order of keys or the checkout's folder differ", async () => {
    checkout.stacks(`{ one: { a: 1, b: { "//": "made here", c: 2, d: 3 } } }`);
    const base = checkout.commit();
    checkout.stacks(`{ one: { b: { d: 3, c: 2, "//": "made there" }, a: 1 } }`);
    checkout.commit();
    expect(await changes(base)).toEqual([]);
  });

  it("include what is not committed yet", async () => {
    checkout.stacks(`{ one: { size: 1 } }`);
    const base = checkout.commit();
    checkout.stacks(`{ one: { size: 2 } }`);
    expect(await changes(base)).toEqual(["one dev", "one prod"]);
  });

  it("include new ones, and name those that are gone", async () => {
    checkout.stacks(`{ old: { size: 1 }, same: {} }`);
    const base = checkout.commit();
    checkout.stacks(`{ new: { size: 1 }, same: {} }`);
    checkout.commit();
    expect(await changes(base)).toEqual(["new dev", "new prod", "-old dev", "-old prod"]);
  });

  it("are counted from where the branch has left the other one, not from what was merged there since", async () => {
    checkout.stacks(`{ one: { size: 1 }, two: { size: 1 } }`);
    checkout.commit();
    checkout.git("checkout", "--quiet", "-b", "feature");
    checkout.stacks(`{ one: { size: 2 }, two: { size: 1 } }`);
    checkout.commit();
    checkout.git("checkout", "--quiet", "main");
    checkout.stacks(`{ one: { size: 1 }, two: { size: 2 } }`);
    checkout.commit();
    checkout.git("checkout", "--quiet", "feature");
    expect(await changes("main")).toEqual(["one dev", "one prod"]);
  });

  it("are all of them when the earlier commit does not synthesize, and it says why", async () => {
    checkout.stacks(`nonsense`);
    const base = checkout.commit();
    checkout.stacks(`{ one: {} }`);
    checkout.commit();
    expect(await changes(base)).toEqual(["one dev", "one prod"]);
    expect(warnings[0]).toMatch(/every stack of dev counts as changed: .*nonsense is not defined/s);
  });

  it("are all of them when other versions of CDKTF make them", async () => {
    checkout.stacks(`{ one: {} }`);
    const base = checkout.commit();
    checkout.lock("0.22.0");
    checkout.commit();
    expect(await changes(base)).toEqual(["one dev", "one prod"]);
    expect(warnings[0]).toContain("the versions of cdktf");
  });

  it("cannot be told when the checkout itself does not synthesize", async () => {
    checkout.stacks(`{}`);
    const base = checkout.commit();
    checkout.stacks(`nonsense`);
    await expect(changes(base)).rejects.toThrow(/dev cannot be synthesized: .*nonsense is not defined/s);
  });

  it("cannot be told without a common history, and it says what to do", async () => {
    checkout.stacks(`{}`);
    checkout.commit();
    await expect(changes("0000000000000000000000000000000000000000")).rejects.toThrow(/fetch-depth: 0/);
    await expect(changes("--output=x")).rejects.toThrow(/no common history/);
  });

  it("leave no trace in the repository", async () => {
    checkout.stacks(`{ one: {} }`);
    await changes(checkout.commit());
    expect(checkout.git("worktree", "list").split("\n")).toHaveLength(1);
    expect(checkout.git("status", "--short")).toBe("");
  });
});
