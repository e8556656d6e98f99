import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { report } from "../../../tools/review/markdown/report";
import { readPlan } from "../../../tools/review/plan/read-plan";

const installed = spawnSync("terraform", ["version"]).status === 0;

/** Resources that Terraform has built in: no provider is downloaded. */
const CONFIGURATION = `
variable "to" {}
resource "terraform_data" "changed" { input = var.to }
resource "terraform_data" "replaced" { triggers_replace = [var.to] }
resource "terraform_data" "same" { input = "same" }
output "url" { value = terraform_data.changed.output }
output "token" {
  value     = "hunter-\${var.to}"
  sensitive = true
}
`;

describe("a plan that the real Terraform has made", () => {
  if (!installed) {
    const how = "https://developer.hashicorp.com/terraform/install";
    it.skip(`is read (skipped: Terraform is not installed; ${how})`, () => undefined);
    return;
  }

  it("is read, without its secrets, and becomes a report", () => {
    const folder = mkdtempSync(join(tmpdir(), "steadfast-terraform-"));
    const terraform = (...args: string[]): string =>
      execFileSync("terraform", args, {
        cwd: folder,
        encoding: "utf8",
        stdio: "pipe",
        env: { ...process.env, CHECKPOINT_DISABLE: "1" },
      });
    try {
      writeFileSync(join(folder, "main.tf"), CONFIGURATION);
      terraform("init", "-no-color");
      terraform("apply", "-auto-approve", "-no-color", "-var=to=a");
      terraform("plan", "-no-color", "-var=to=b", "-out=a.tfplan");
      const json: unknown = JSON.parse(terraform("show", "-json", "a.tfplan"));
      const text = terraform("show", "-no-color", "a.tfplan");
      const plan = readPlan(json, { stack: "demo", environment: "dev", text });
      expect(JSON.stringify(json)).toContain("hunter-b");
      expect(plan.resources.map(({ address, action }) => `${action} ${address}`)).toEqual([
        "update terraform_data.changed",
        "replace terraform_data.replaced",
      ]);
      const markdown = report([plan], { limit: 60_000, elsewhere: "" });
      expect(markdown).not.toContain("hunter");
      expect(markdown).toContain('- `input`: `"a"` → `"b"`');
      expect(markdown).toContain("- `token`: _(sensitive value)_ → _(sensitive value)_");
      expect(markdown).toContain('- `url`: `"a"` → _(known after apply)_');
      expect(markdown).toContain(
        "**replace** `terraform_data.replaced` (**old one first**; because of `triggers_replace`)",
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
