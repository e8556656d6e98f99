import { describe, expect, it } from "@jest/globals";
import { type Scope, evaluateDeep, evaluateTemplate, referencesOf } from "../../../../tools/local/terraform/expression";
import type { Value } from "../../../../tools/local/terraform/value";

const values: Record<string, Value> = {
  "local.greeting": "hello",
  "local.map": { key: ["a", "b"] },
  "aws_sqs_queue.work.url": "http://queue",
  "aws_subnet.a.ids": ["one", "two"],
  "data.aws_caller_identity.me.account_id": "000000000000",
  "data.aws_availability_zones.all.names": ["a", "b"],
};

function look(key: string): Value {
  const value = values[key];
  if (value === undefined) throw new Error(`there is no ${key}`);
  return value;
}

const scope: Scope = {
  local: (name) => look(`local.${name}`),
  resource: (type, name, attribute) => look(`${type}.${name}.${attribute}`),
  data: (type, name, attribute) => look(`data.${type}.${name}.${attribute}`),
};

const evaluate = (text: string): Value => evaluateTemplate(text, scope, "a.place");

describe("a Terraform template", () => {
  describe("without expressions", () => {
    it("is its own value, with quotes, backslashes and lone dollar signs", () => {
      expect(evaluate('plain "text" \\n $HOME $(date) 100%')).toBe('plain "text" \\n $HOME $(date) 100%');
    });

    it("turns the escapes $${ and %%{ into a literal ${ and %{", () => {
      expect(evaluate("echo $${HOME} %%{if}")).toBe("echo ${HOME} %{if}");
    });
  });

  describe("with references", () => {
    it.each([
      ["${local.greeting}", "hello"],
      ["${aws_sqs_queue.work.url}", "http://queue"],
      ["${data.aws_caller_identity.me.account_id}", "000000000000"],
      ["arn:${data.aws_caller_identity.me.account_id}:${local.greeting}!", "arn:000000000000:hello!"],
      ["${aws_subnet.a.ids[1]}", "two"],
      ['${local.map["key"][0]}', "a"],
      ["${local.map.key.1}", "b"],
    ])("evaluates %s", (text, expected) => {
      expect(evaluate(text)).toBe(expected);
    });

    it("keeps the type when the whole string is one expression", () => {
      expect(evaluate("${aws_subnet.a.ids}")).toEqual(["one", "two"]);
      expect(evaluate("${3}")).toBe(3);
      expect(evaluate("${true}")).toBe(true);
    });
  });

  describe("with functions", () => {
    it.each<[string, Value]>([
      ["${base64encode(local.greeting)}", "aGVsbG8="],
      ['${base64decode("aGVsbG8=")}', "hello"],
      ["${tostring(3)}", "3"],
      ['${tonumber("3")}', 3],
      ["${element(data.aws_availability_zones.all.names, 3)}", "b"],
      ["${nonsensitive(local.greeting)}", "hello"],
      ['${lookup(zipmap(["x", "y"], aws_subnet.a.ids), "y", "none")}', "two"],
      ['${lookup({"x" = "1", y = "2"}, "z", "none")}', "none"],
      ['${jsonencode({a = [1, "b"], c: null})}', '{"a":[1,"b"],"c":null}'],
      ['${join(",", concat(["0"], aws_subnet.a.ids))}', "0,one,two"],
      ['${join("-", [upper("a"), lower("B"), trimspace(" c ")])}', "A-b-c"],
      ['${replace("a.b.c", ".", "-")}', "a-b-c"],
      ['${split("/", "a/b")[1]}', "b"],
      ["${length(aws_subnet.a.ids)}", 2],
      ['${try(aws_subnet.a.ids[7], local.none, "neither")}', "neither"],
      ['${try(aws_subnet.a.ids[0], "not needed")}', "one"],
      ['${merge({a = 1}, {b = 2})["b"]}', 2],
      ['${"nested ${local.greeting} \\"quoted\\""}', 'nested hello "quoted"'],
    ])("evaluates %s", (text, expected) => {
      expect(evaluate(text)).toEqual(expected);
    });
  });

  describe("that cannot be evaluated", () => {
    it.each([
      ["${cidrsubnet(local.greeting)}", /cidrsubnet\(\) is not supported/],
      ["${local.none}", /there is no local\.none/],
      ["${var.x}", /var\.… is not supported/],
      ["${local.greeting", /expected "}"/],
      ["${aws_subnet.a.ids[7]}", /the list has 2 items/],
      ["${local.map.none}", /there is no "none"/],
      ["${try(local.none, aws_subnet.a.ids[7])}", /the list has 2 items/],
      ["${try()}", /no value left to try/],
      ["text ${aws_subnet.a.ids}", /a string is needed/],
      ["%{ if true }", /directive/],
      ["${local.greeting == 1}", /expected "}"/],
    ])("is an error that names the expression and the place: %s", (text, message) => {
      expect(() => evaluate(text)).toThrow(message);
      expect(() => evaluate(text)).toThrow(/^a\.place: .* in "/);
    });
  });
});

describe("a JSON value", () => {
  it("has every string in it evaluated, and the place of a wrong one named", () => {
    expect(evaluateDeep({ a: ["${local.greeting}"], b: 1 }, scope, "x")).toEqual({ a: ["hello"], b: 1 });
    expect(() => evaluateDeep({ a: [0, "${local.none}"] }, scope, "x")).toThrow(/^x\.a\[1\]: /);
  });
});

describe("the references of a template", () => {
  it("are found wherever they stand", () => {
    const text = '${join(aws_a.b.c, [{"k" = data.aws_d.e.f}, aws_g.h.i[local.j]])} and ${"${aws_k.l.m}"}';
    expect(referencesOf(text)).toEqual([
      { mode: "resource", type: "aws_a", name: "b" },
      { mode: "data", type: "aws_d", name: "e" },
      { mode: "resource", type: "aws_g", name: "h" },
      { mode: "local", type: "", name: "j" },
      { mode: "resource", type: "aws_k", name: "l" },
    ]);
  });
});
