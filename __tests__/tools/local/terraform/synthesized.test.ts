import { describe, expect, it } from "@jest/globals";
import {
  localAccountId,
  localAttributes,
  localDataSources,
  roleName,
} from "../../../../tools/local/terraform/attributes";
import { notEmulated } from "../../../../tools/local/emulators/emulators";
import { suggestGrant } from "../../../../tools/local/gateway/suggestion";
import { SynthesizedStack } from "../../../../tools/local/terraform/synthesized";
import type { Value } from "../../../../tools/local/terraform/value";

function stackOf(resource: Record<string, Value>, rest: Record<string, Value> = {}): SynthesizedStack {
  const stack = new SynthesizedStack("example", {
    provider: { aws: [{ region: "eu-west-1" }] },
    data: { aws_partition: { p: {} }, aws_availability_zones: { all: {} } },
    ...rest,
    resource,
  });
  const place = { region: "eu-west-1", accountId: localAccountId };
  const addresses = { ...place, endpoint: "http://127.0.0.1:1", loadBalancer: () => "localhost:8080" };
  stack.answerWith(localAttributes(addresses), localDataSources(place));
  return stack;
}

describe("a synthesized stack", () => {
  const stack = stackOf({
    aws_sqs_queue: {
      work: { "//": { metadata: { path: "example/work/queue" } }, name: "work", size: "7", empty: null },
    },
    aws_iam_role: { role_0123ABCD: { name_prefix: "example-dev-server-" } },
    aws_lb: { web: {} },
    aws_sns_topic: { alarms: { name: "alarms" } },
    aws_x: {
      y: {
        one: { inner: "${aws_sqs_queue.work.name}" },
        many: [{ a: 1 }, { a: 2 }],
        arn_of: "${aws_sqs_queue.work.arn}",
      },
    },
  });
  const [x] = stack.ofType("aws_x");
  const [queue] = stack.ofType("aws_sqs_queue");

  it.each([
    ["${aws_sqs_queue.work.url}", "http://127.0.0.1:1/000000000000/work"],
    ["${aws_sqs_queue.work.arn}", "arn:aws:sqs:eu-west-1:000000000000:work"],
    ["http://${aws_lb.web.dns_name}", "http://localhost:8080"],
    ["${aws_sns_topic.alarms.arn}", "arn:aws:aws_sns_topic:eu-west-1:000000000000:alarms"],
    ["arn:${data.aws_partition.p.partition}:x", "arn:aws:x"],
    ["${data.aws_availability_zones.all.names[1]}", "eu-west-1b"],
  ])("knows what %s is on this machine", (text, expected) => {
    expect(stack.evaluate(text, "x")).toBe(expected);
  });

  it.each([
    ["${aws_sqs_queue.none.arn}", "there is no resource aws_sqs_queue.none"],
    ["${aws_sqs_queue.work.kms_key}", "aws_sqs_queue.work.kms_key is only known on AWS"],
    ["${data.aws_ami.latest.id}", "data.aws_ami.latest.id has no answer on this machine"],
    ["${local.none}", "there is no local.none"],
  ])("is an error where nothing stands for %s", (text, message) => {
    expect(() => stack.evaluate(text, "x")).toThrow(message);
  });

  it("reads one block and several, with the expressions in them", () => {
    expect(x?.blocks("one").map((block) => block.string("inner"))).toEqual(["work"]);
    expect(x?.blocks("many").map((block) => block.number("a"))).toEqual([1, 2]);
    expect(x?.blocks("none")).toEqual([]);
  });

  it("follows a reference to its resource", () => {
    expect(x?.follow("arn_of").address).toBe("aws_sqs_queue.work");
    expect(() => queue?.follow("name")).toThrow(
      'aws_sqs_queue.work.name: expected a reference to one resource, got "work"',
    );
  });

  it("names a resource as the stack's author does", () => {
    expect(queue?.id).toBe("work");
    expect(queue?.constructPath).toEqual(["work", "queue"]);
  });

  it("gives a role with a prefix the same name every time", () => {
    expect(stack.ofType("aws_iam_role").map(roleName)).toEqual(["example-dev-server-0123ABCD"]);
  });

  it("says which property is missing or wrong", () => {
    expect(queue?.number("size")).toBe(7);
    expect(queue?.optionalString("empty")).toBeUndefined();
    expect(() => queue?.string("none")).toThrow("aws_sqs_queue.work has no none");
    expect(() => queue?.number("name")).toThrow('aws_sqs_queue.work.name must be a number, got "work"');
    expect(() => new SynthesizedStack("x", {}).region).toThrow('stack "x": its AWS provider names no region');
  });

  it("says which properties the emulators do not heed", () => {
    expect(notEmulated(stack)).toEqual(["aws_sqs_queue: empty, size"]);
  });
});

describe("a denied access", () => {
  const stack = stackOf({
    aws_dynamodb_table: { t: { "//": { metadata: { path: "example/things/table" } }, name: "things" } },
    aws_s3_bucket: { b: { "//": { metadata: { path: "example/files/bucket" } }, bucket: "files" } },
  });
  const table = "arn:aws:dynamodb:eu-west-1:000000000000:table/things";
  const caller = { name: "server", role: "r", session: "i-1" };

  it.each([
    ["dynamodb:GetItem", table, 'missing in the stack: table "things" .grant(server, ["dynamodb:GetItem"])'],
    [
      "dynamodb:Query",
      `${table}/index/i`,
      'missing in the stack: table "things" .grantIndex(server, "i", ["dynamodb:Query"])',
    ],
    [
      "s3:GetObject",
      "arn:aws:s3:::files/a/b/c.png",
      'missing in the stack: bucket "files" .grant(server, ["s3:GetObject"], "a/b/*")',
    ],
    [
      "s3:GetObject",
      "arn:aws:s3:::files/c.png",
      'missing in the stack: bucket "files" .grant(server, ["s3:GetObject"], "*.png")',
    ],
    ["s3:GetObject", "arn:aws:s3:::others/c.png", "nothing in the stack has this resource"],
  ])("%s on %s is explained in the stack's terms", (action, resource, text) => {
    expect(suggestGrant(stack, caller, { action, resource })).toBe(text);
  });
});
