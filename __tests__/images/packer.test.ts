import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { APPLICATION_NAMES } from "../../tools/build/applications";
import { imagesFolder } from "./support/stand-ins";

const environment = { ...process.env, CHECKPOINT_DISABLE: "1", PACKER_NO_COLOR: "1" };

function packer(...args: string[]) {
  // From the repository's root, as the release tool does it.
  return spawnSync("packer", args, { cwd: dirname(imagesFolder), encoding: "utf8", env: environment });
}

const plugins = packer("plugins", "installed");
const hasPlugin = plugins.status === 0 && plugins.stdout.includes("packer-plugin-amazon");
if (!hasPlugin) {
  console.log(
    "packer or its amazon plugin is not installed, the templates are checked as text alone; " +
      "https://developer.hashicorp.com/packer/install, then packer init images/",
  );
}

(hasPlugin ? describe : describe.skip)("the real Packer", () => {
  it("finds the templates formatted", () => {
    const { status, stdout } = packer("fmt", "-check", "-diff", "images/");
    expect(stdout).toBe("");
    expect(status).toBe(0);
  });

  it("finds them valid as they are", () => {
    const { status, stdout, stderr } = packer("validate", "images/");
    expect(stdout + stderr).toContain("The configuration is valid.");
    expect(status).toBe(0);
  });

  it.each(["base", ...APPLICATION_NAMES])("finds %s valid with everything that a bake gives", (name) => {
    const variables = {
      region: "eu-west-1",
      version: "1a2b3c4-0123456789ab",
      commit: `${"1a2b3c4".padEnd(40, "0")}-dirty`,
      content_hash: "0123456789ab".padEnd(64, "c"),
      parent_ami: "ami-0123456789abcdef0",
      manifest: "manifest.json",
    };
    const settings = Object.entries(variables).flatMap(([key, value]) => ["-var", `${key}=${value}`]);
    const { status, stdout, stderr } = packer("validate", `-only=${name}.*`, ...settings, "images/");
    expect(stdout + stderr).toContain("The configuration is valid.");
    expect(status).toBe(0);
  });

  it.each([
    ["version=1.0", "The version must be 7 and 12 hexadecimal digits"],
    ["commit=main", "The commit must be 40 hexadecimal digits"],
    ["content_hash=?", "The content hash must be at least 12 hexadecimal digits"],
    ["parent_ami=al2023", "The parent must be an AMI id"],
  ])("refuses %s", (setting, message) => {
    const { status, stdout, stderr } = packer("validate", "-var", setting, "images/");
    expect(stdout + stderr).toContain(message);
    expect(status).toBe(1);
  });
});
