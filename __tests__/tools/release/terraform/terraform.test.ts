import { realpath } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { Terraform } from "../../../../tools/release/terraform/terraform";
import { StandInTerraform } from "../support/stand-in-terraform";
import { Temporary } from "../support/temporary";

let here: Temporary;
let standIn: StandInTerraform;
let shown: string;

beforeEach(async () => {
  here = await Temporary.make();
  standIn = await StandInTerraform.make(here);
  shown = "";
});

afterEach(async () => {
  standIn.restore();
  await here.remove();
});

const show = (text: string): void => {
  shown += text;
};

function terraform(): Terraform {
  return new Terraform(here.folder, { show });
}

async function argsOfLastCall(): Promise<readonly string[] | undefined> {
  return (await standIn.calls()).at(-1)?.args;
}

describe("Terraform", () => {
  it("runs in the stack's folder, and knows that nobody is there to answer", async () => {
    await terraform().init();
    const [call] = await standIn.calls();
    expect(call).toEqual({
      args: ["init", "-input=false", "-no-color", "-reconfigure"],
      folder: await realpath(here.folder),
      automation: "1",
    });
  });

  it.each([
    [0, false],
    [2, true],
  ])("plans: exit code %i means that there are changes: %s", async (exit, changes) => {
    await standIn.does({ plan: { exit } });
    expect(await terraform().plan("/plans/a.tfplan", true)).toBe(changes);
    expect(await argsOfLastCall()).toEqual([
      "plan",
      "-input=false",
      "-no-color",
      "-detailed-exitcode",
      "-lock=true",
      "-lock-timeout=60s",
      "-out=/plans/a.tfplan",
    ]);
  });

  it("plans without the state's lock for a role that may not write", async () => {
    await terraform().plan("/plans/a.tfplan", false);
    expect(await argsOfLastCall()).toContain("-lock=false");
  });

  it("that cannot plan is an error with what it said", async () => {
    await standIn.does({ plan: { exit: 1, stderr: "Error: No image of imagery is published for dev\n" } });
    await expect(terraform().plan("x", true)).rejects.toThrow(
      /plan failed \(exit code 1\):\nError: No image of imagery is published for dev$/,
    );
  });

  it("shows a plan as JSON and as text", async () => {
    await standIn.does({ "show-json": { stdout: '{"format_version":"1.2"}' }, show: { stdout: "# a plan" } });
    expect(await terraform().showJson("a.tfplan")).toEqual({ format_version: "1.2" });
    expect(await terraform().showText("a.tfplan")).toBe("# a plan");
  });

  it("applies a plan's file, and no other changes, and shows what it does", async () => {
    await standIn.does({ apply: { stdout: "aws_launch_template.server: Modifying...\n" } });
    await terraform().apply("a.tfplan");
    expect(await argsOfLastCall()).toEqual(["apply", "-input=false", "-no-color", "-lock-timeout=60s", "a.tfplan"]);
    expect(shown).toBe("aws_launch_template.server: Modifying...\n");
  });

  it("that is interrupted in an apply is left to end in order, and has failed", async () => {
    await standIn.does({ apply: { stdout: "Still modifying...", hang: true } });
    const controller = new AbortController();
    const hanging = new Terraform(here.folder, {
      show: (text) => {
        show(text);
        if (text.includes("Still")) controller.abort();
      },
    });
    await expect(hanging.apply("a.tfplan", controller.signal)).rejects.toThrow(
      /apply failed \(exit code 1\):\nInterrupt/,
    );
  });

  it("tells the values of the stack's outputs", async () => {
    await standIn.does({
      output: { stdout: '{"url":{"sensitive":false,"type":"string","value":"http://x"},"n":{"value":1}}' },
    });
    expect(await terraform().outputs()).toEqual({ url: "http://x", n: 1 });
  });

  it("that is not installed is refused, with where to get it", async () => {
    process.env.TERRAFORM_BINARY_NAME = "no-such-terraform";
    await expect(terraform().init()).rejects.toThrow(
      "no-such-terraform is not installed. Terraform 1.11 or newer is needed: https://developer.hashicorp.com/terraform/install",
    );
  });
});
