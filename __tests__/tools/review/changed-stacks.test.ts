import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { changedStacks } from "../../../tools/review/stacks/changed-stacks";
import { Checkout } from "./support/checkout";

/** `stack environment` of what has changed since a commit, and of what is gone, with a minus. */
async function changesIn(checkout: Checkout, base: string, warnings: string[]): Promise<string[]> {
  const { changed, removed } = await changedStacks(checkout.path, base, ["dev", "prod"], (text) => warnings.push(text));
  const name = ({ stack, environment }: { stack: string; environment: string }): string => `${stack} ${environment}`;
  return [...changed.map(name), ...removed.map((target) => `-${name(target)}`)];
}

describe("a change of some of many stacks", () => {
  const checkout = new Checkout();
  const warnings: string[] = [];
  let changes: string[];

  beforeAll(async () => {
    checkout.stacks(`{
      one: { size: 1 },
      two: { size: environment === "prod" ? 2 : 1 },
      noted: { a: 1, b: { "//": "made here", c: 2, d: 3 } },
      old: { size: 1 },
      same: {},
    }`);
    const base = checkout.commit();
    checkout.stacks(`{
      one: { size: 3 },
      two: { size: environment === "prod" ? 4 : 1 },
      noted: { b: { d: 3, c: 2, "//": "made there" }, a: 1 },
      new: { size: 1 },
      same: {},
    }`);
    checkout.commit();
    changes = await changesIn(checkout, base, warnings);
  });

  afterAll(() => {
    checkout.remove();
  });

  it("concerns those that are synthesized differently, in the environments where they are, and nothing else", () => {
    const expected = ["one dev", "new dev", "one prod", "two prod", "new prod", "-old dev", "-old prod"];
    expect([...changes].sort()).toEqual(expected.sort());
    expect(warnings).toEqual([]);
  });

  it("does not concern one in which only CDKTF's notes, the order of keys or the checkout's folder differ", () => {
    expect(changes.filter((name) => name.includes("noted"))).toEqual([]);
  });

  it("concerns new ones, and names those that are gone", () => {
    expect(changes.filter((name) => /new|old/.test(name))).toEqual(["new dev", "new prod", "-old dev", "-old prod"]);
  });

  it("leaves no trace in the repository when it is looked at", () => {
    expect(checkout.git("worktree", "list").split("\n")).toHaveLength(1);
    expect(checkout.git("status", "--short")).toBe("");
  });
});

describe("the stacks that a change concerns", () => {
  let checkout: Checkout;
  let warnings: string[];

  const changes = (base: string): Promise<string[]> => changesIn(checkout, base, warnings);

  beforeEach(() => {
    checkout = new Checkout();
    warnings = [];
  });

  afterEach(() => {
    checkout.remove();
  });

  it("include what is not committed yet", async () => {
    checkout.stacks(`{ one: { size: 1 } }`);
    const base = checkout.commit();
    checkout.stacks(`{ one: { size: 2 } }`);
    expect(await changes(base)).toEqual(["one dev", "one prod"]);
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
});
