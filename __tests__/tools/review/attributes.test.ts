import { describe, expect, it } from "@jest/globals";
import { type ChangeFixture, plan } from "./support/plans";

/** The attribute changes of one resource, as `path: before → after`. */
function changes(change: Omit<ChangeFixture, "actions">, actions = ["update"]): string[] {
  const [resource] = plan({ resources: [{ actions, ...change }] }).resources;
  return (resource?.attributes ?? []).map(({ path, before, after, forcesReplacement }) => {
    const show = (side: typeof before): string => (side.kind === "value" ? JSON.stringify(side.value) : side.kind);
    return `${path}: ${show(before)} → ${show(after)}${forcesReplacement ? " !" : ""}`;
  });
}

describe("the attributes of a changed resource", () => {
  it("are those that differ, in the order of their names", () => {
    const before = { size: 1, name: "a", tags: { x: "1", y: "2" } };
    const after = { size: 2, name: "a", tags: { x: "1", y: "3", a: "4" } };
    expect(changes({ before, after })).toEqual(["size: 1 → 2", 'tags.a: absent → "4"', 'tags.y: "2" → "3"']);
  });

  it("are looked for inside of blocks, and lists of plain values are compared as a whole", () => {
    const before = { block: [{ a: 1 }, { a: 2 }], zones: ["a", "b"] };
    const after = { block: [{ a: 1 }, { a: 3 }], zones: ["a", "c"] };
    expect(changes({ before, after })).toEqual(["block[1].a: 2 → 3", 'zones: ["a","b"] → ["a","c"]']);
  });

  it("have an exact path also where a key holds a dot", () => {
    expect(changes({ before: { tags: { "a.b": 1 } }, after: { tags: { "a.b": 2 } } })).toEqual(['tags["a.b"]: 1 → 2']);
  });

  it("include what is only known after the apply, also deep inside and where there was nothing", () => {
    const unknown = { arn: true, block: [{ id: true }], list: [true] };
    const after = { block: [{}], list: [null] };
    expect(changes({ before: { arn: "x", block: [{ id: "y" }], list: ["z"] }, after, after_unknown: unknown })).toEqual(
      ['arn: "x" → unknown', 'block[0].id: "y" → unknown', 'list: ["z"] → unknown'],
    );
    expect(changes({ before: null, after: {}, after_unknown: { arn: true } }, ["create"])).toEqual([
      "arn: absent → unknown",
    ]);
  });

  it("say which of them forces a replacement, also when the path names a block", () => {
    const before = { name: "a", block: [{ x: 1 }] };
    const after = { name: "b", block: [{ x: 2 }] };
    expect(changes({ before, after, replace_paths: [["block", 0]] }, ["delete", "create"])).toEqual([
      "block[0].x: 1 → 2 !",
      'name: "a" → "b"',
    ]);
  });

  it("are compared inside of JSON text, such as a policy, and not when only its spaces differ", () => {
    const before = { policy: '{"Statement":[{"Action":"s3:GetObject","Effect":"Allow"}]}', other: '{"a": 1}' };
    const after = { policy: '{"Statement":[{"Action":"s3:*","Effect":"Allow"}]}', other: '{"a":1}' };
    const found = changes({ before, after });
    expect(found[0]).toBe('other: "{\\"a\\": 1}" → "{\\"a\\":1}"');
    expect(found[1]).toBe('policy → Statement[0].Action: "s3:GetObject" → "s3:*"');
    expect(found).toHaveLength(2);
  });

  it("take nothing and an empty list for the same", () => {
    expect(changes({ before: { a: [], b: null }, after: { a: null, b: [] } })).toEqual([]);
  });
});

describe("a secret", () => {
  const secrets: [string, Omit<ChangeFixture, "actions">][] = [
    ["marked itself", { before_sensitive: { password: true }, after_sensitive: { password: true } }],
    ["marked with its whole resource", { before_sensitive: true, after_sensitive: true }],
    ["marked before only", { before_sensitive: { password: true }, after_sensitive: false }],
    ["marked after only", { before_sensitive: {}, after_sensitive: { password: true } }],
  ];

  it.each(secrets)("%s is nowhere in what is read", (_, marks) => {
    const read = plan({
      resources: [{ actions: ["update"], before: { password: "hunter1" }, after: { password: "hunter2" }, ...marks }],
      drift: [{ actions: ["update"], before: { password: "hunter3" }, after: { password: "hunter4" }, ...marks }],
    });
    expect(JSON.stringify(read)).not.toContain("hunter");
    expect(read.resources[0]?.attributes).toEqual([
      expect.objectContaining({ before: { kind: "sensitive" }, after: { kind: "sensitive" } }),
    ]);
  });

  it("in a block, in a list of plain values or in an output is not in it either", () => {
    const marks = { block: [{ key: true }], list: [false, true] };
    const read = plan({
      resources: [
        {
          actions: ["update"],
          before: { block: [{ key: "hunter1", name: "a" }], list: ["x", "hunter2"] },
          after: { block: [{ key: "hunter3", name: "b" }], list: ["x", "hunter4"] },
          before_sensitive: marks,
          after_sensitive: marks,
        },
      ],
      outputs: { token: { actions: ["update"], before: "hunter5", after: "hunter6", after_sensitive: true } },
    });
    expect(JSON.stringify(read)).not.toContain("hunter");
    expect(read.resources[0]?.attributes.map(({ path }) => path)).toEqual(["block[0].key", "block[0].name", "list"]);
  });

  it("that is not known yet is shown as not known", () => {
    expect(
      changes({ before: { p: "s" }, after: {}, after_unknown: { p: true }, before_sensitive: { p: true } }),
    ).toEqual(["p: sensitive → unknown"]);
  });
});
