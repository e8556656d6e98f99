import { chmodSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type Outcome, review, TemporaryFolder } from "./support/command";

let folder: TemporaryFolder;

beforeEach(() => {
  folder = new TemporaryFolder();
});

afterEach(() => {
  folder.remove();
});

/** Runs the command with a program in Terraform's place. @param script sees Terraform's arguments, in the stack's folder */
function validate(script: string): Promise<Outcome> {
  const terraform = folder.write("terraform", `#!/bin/sh\n${script}\n`);
  chmodSync(terraform, 0o755);
  const env = { TERRAFORM_BINARY_NAME: terraform, TF_PLUGIN_CACHE_DIR: folder.path };
  // Stacks are synthesized below the current folder, where other tests do so, too.
  return review(["validate"], env, folder.path);
}

describe("npm run review -- validate", () => {
  it("initializes without a state and validates, for every stack in every environment", async () => {
    const log = `${folder.path}/log`;
    const { status, stdout, stderr } = await validate(`test -f cdk.tf.json && echo "$* $TF_PLUGIN_CACHE_DIR" >>${log}`);
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^all \d+ are valid\n$/)]);
    for (const environment of ["dev", "prod"]) expect(stderr).toContain(`imagery ${environment} is valid\n`);
  });

  it("goes on after a stack that is not valid, says what is wrong, and fails", async () => {
    const { status, stdout, stderr } = await validate(
      `case "$1 $PWD" in validate*/dev/stacks/imagery) echo "Error: Missing required argument" >&2; exit 1;; esac`,
    );
    expect([status, stdout]).toEqual([1, expect.stringMatching(/^1 of \d+ are not valid\n$/)]);
    expect(stderr).toMatch(/imagery dev: .*Error: Missing required argument/s);
    expect(stderr).toContain("imagery prod is valid\n");
  });

  it("says where Terraform is to be had when it is missing", async () => {
    const env = { TERRAFORM_BINARY_NAME: `${folder.path}/nothing`, TF_PLUGIN_CACHE_DIR: folder.path };
    const { status, stderr } = await review(["validate"], env, folder.path);
    expect([status, stderr]).toEqual([2, expect.stringContaining("developer.hashicorp.com/terraform/install")]);
  });
});
