import { describe, expect, it } from "@jest/globals";
import { code, codeBlock } from "../../../tools/review/markdown/escape";
import { report } from "../../../tools/review/markdown/report";
import { plan, type ResourceFixture } from "./support/plans";

const options = { limit: 60_000, elsewhere: "Look there." };

const change: ResourceFixture = {
  address: "aws_sqs_queue.work",
  actions: ["update"],
  before: { delay: 1 },
  after: { delay: 2 },
};

describe("the report of plans", () => {
  it("begins with one line for each stack, and names what will be gone", () => {
    const lost: ResourceFixture = { address: "aws_s3_bucket.images", actions: ["delete"] };
    const replaced: ResourceFixture = {
      address: "aws_lb.web",
      actions: ["delete", "create"],
      before: { name: "a" },
      after: { name: "b" },
      replace_paths: [["name"]],
    };
    const markdown = report([plan({ resources: [change, lost, replaced] }), plan({}, "imagery", "prod")], options);
    expect(markdown.split("\n").slice(0, 9)).toEqual([
      "| stack | environment | create | change | replace | destroy | outputs | other |",
      "|---|---|--:|--:|--:|--:|--:|---|",
      "| imagery | dev | 0 | 1 | **1** | **1** | 0 |  |",
      "| imagery | prod | 0 | 0 | 0 | 0 | 0 | no changes |",
      "",
      "**What goes in imagery dev**",
      "",
      "- **delete** `aws_s3_bucket.images`",
      "- **replace** `aws_lb.web` (**old one first**; because of `name`)",
    ]);
  });

  it("folds each change away, attribute by attribute", () => {
    expect(report([plan({ resources: [change] })], options)).toContain(
      "<details><summary>What changes in imagery dev</summary>\n\n" +
        "- **update** `aws_sqs_queue.work`\n  - `delay`: `1` → `2`\n\n</details>",
    );
  });

  it("shows neither what is secret nor what only AWS knows as a value", () => {
    const created: ResourceFixture = {
      actions: ["update"],
      before: { password: "hunter1", arn: "x" },
      after: { password: "hunter2" },
      after_unknown: { arn: true },
      after_sensitive: { password: true },
    };
    const markdown = report([plan({ resources: [created] })], options);
    expect(markdown).toContain('- `arn`: `"x"` → _(known after apply)_');
    expect(markdown).toContain("- `password`: _(sensitive value)_ → _(sensitive value)_");
    expect(markdown).not.toContain("hunter");
  });

  it("leaves out of a new resource what AWS decides, and what the provider's default tags repeat", () => {
    const created: ResourceFixture = {
      actions: ["create"],
      after: { name: "a", tags: { x: "1" }, tags_all: { x: "1", Stack: "s" } },
      after_unknown: { arn: true },
    };
    const items = report([plan({ resources: [created] })], options).match(/^ {2}- .*/gm);
    expect(items).toEqual(['  - `name`: `"a"`', '  - `tags.x`: `"1"`']);
  });

  it("lists outputs, moves, imports, and what was changed by hand", () => {
    const markdown = report(
      [
        plan({
          resources: [{ address: "aws_x.a", previous_address: "aws_x.old", actions: ["no-op"] }],
          outputs: { url: { actions: ["update"], before: "http://a", after: "http://b" } },
          drift: [{ address: "aws_x.c", actions: ["delete"] }],
        }),
      ],
      options,
    );
    expect(markdown).toContain("| 1 | 1 move, 1 changed outside of Terraform |");
    expect(markdown).toContain("- **move** `aws_x.a` (was `aws_x.old`)");
    expect(markdown).toContain('- `url`: `"http://a"` → `"http://b"`');
    expect(markdown).toContain("Changed outside of Terraform since it last ran\n\n- **delete** `aws_x.c`");
  });

  it("says that a plan is missing, and that one was not finished", () => {
    const missing = [{ stack: "other", environment: "prod" }];
    const markdown = report([plan({ errored: true })], { ...options, missing });
    expect(markdown).toContain("| **not planned to the end** |");
    expect(markdown).toContain("| other | prod | **no plan: it failed** |");
  });

  it("ends with the full text of each plan, folded", () => {
    const markdown = report([plan({ resources: [change] }, "imagery", "dev", "Terraform will …\n")], options);
    expect(markdown).toMatch(
      /<details><summary>Full plan of imagery dev<\/summary>\n\n```text\nTerraform will …\n```\n\n<\/details>$/,
    );
  });

  it("is the same for the same plans", () => {
    const resources = [change, { ...change, address: "aws_a.b" }];
    const one = report([plan({ resources })], options);
    expect(report([plan({ resources: [...resources].reverse() })], options)).toBe(one);
  });
});

describe("a report that is too long", () => {
  const text = "x".repeat(5_000);
  const long = plan({ resources: [change] }, "imagery", "dev", text);
  const short = plan({ resources: [change] }, "other", "dev", "short text");

  it("leaves out the longest text first, says so, and goes on with what fits", () => {
    const markdown = report([long, short], { ...options, limit: 2_000 });
    expect(markdown).toContain("What changes in imagery dev");
    expect(markdown).toContain("short text");
    expect(markdown).toContain("_Left out because it is too long: the full text of imagery dev. Look there._");
    expect(markdown.length).toBeLessThanOrEqual(2_000);
  });

  it("keeps the summary, as far as it goes, even when nothing else fits", () => {
    const many = Array.from({ length: 100 }, (_, index) => plan({ resources: [change] }, `stack-${index}`));
    const markdown = report(many, { ...options, limit: 3_000 });
    expect(markdown).toMatch(/^\| stack \|/);
    expect(markdown).toContain("Cut off because it is too long. Look there.");
  });

  it("never exceeds its limit, wherever that is", () => {
    for (let limit = 400; limit < 8_000; limit += 97) {
      expect(report([long, short], { ...options, limit }).length).toBeLessThanOrEqual(limit);
    }
  });

  it("shortens a long value, and says how long it is", () => {
    const value = "y".repeat(1_000);
    const markdown = report([plan({ resources: [{ ...change, after: { delay: value } }] })], options);
    expect(markdown).toMatch(/`1` → `"y{159}…` \(1002 characters\)/);
  });
});

describe("text from a plan", () => {
  const nasty =
    "</details> @everyone #1 `x` ``y`` | **b** <img src=x onerror=alert(1)> [l](javascript:x)\n\n# h\r\n\u202Egnp";

  it("stays inside of a code span: one line, fenced by more backticks than it has", () => {
    const span = code(nasty);
    expect(span).toMatch(/^```/);
    expect(span).toMatch(/```$/);
    expect(span.slice(3, -3)).not.toMatch(/```|[\r\n\u202E]/);
    expect(span).toContain("⏎⏎# h⏎\\u{202e}gnp");
  });

  it.each(["`", "a`", "``a", "", " "])("is a code span of its own when it is %j", (text) => {
    const [, fence = "", content] = /^(`+)([^]*?)\1$/.exec(code(text)) ?? [];
    expect(content).toBe(text === "" ? "  " : ` ${text} `);
    expect(content?.includes(fence)).toBe(false);
  });

  it("stays inside of a block of code, whatever fences it holds", () => {
    const block = codeBlock("a\n`````\n</details>\n~~~\n");
    expect(block).toBe("``````text\na\n`````\n</details>\n~~~\n``````");
  });

  it("cannot leave its place in a report", () => {
    const resource: ResourceFixture = {
      address: `aws_x.a["${nasty}"]`,
      actions: ["update"],
      before: { [nasty]: nasty },
      after: { [nasty]: `${nasty}2` },
    };
    const markdown = report([plan({ resources: [resource] }, "imagery", "dev", nasty)], options);
    const withoutCode = markdown
      .replace(/^(`{3,})text\n[^]*?\n\1$/gm, "")
      .replace(/(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, "");
    expect(withoutCode).not.toMatch(/@everyone|onerror|javascript|# h/);
    expect(withoutCode.match(/<\/?details>/g)).toEqual(["<details>", "</details>", "<details>", "</details>"]);
  });
});
