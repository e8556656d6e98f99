import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { root } from "./support/workflows";

const action = join(root, ".github/actions/session-manager-plugin");
const script = readFileSync(join(action, "install.sh"), "utf8");
const VERSION = /^version=(\S+)$/m.exec(script)?.[1] ?? "";
/** As AWS's documentation has it. */
const FINGERPRINT = "7959637124CE093AD501D47A2C4D4AFF6F6757EE";

const hasGpg = ["gpg", "gpgv"].every((program) => spawnSync(program, ["--version"]).status === 0);
const hasShellcheck = spawnSync("shellcheck", ["--version"]).status === 0;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "steadfast-plugin-"));
  mkdirSync(join(folder, "bin"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A program of this name that runs before any other. */
function standIn(name: string, body: string): void {
  writeFileSync(join(folder, "bin", name), `#!/bin/bash\n${body}\n`);
  chmodSync(join(folder, "bin", name), 0o755);
}

function run(program: string, args: readonly string[], home = folder) {
  const env = { PATH: `${join(folder, "bin")}:${process.env.PATH ?? ""}`, HOME: home, GNUPGHOME: home };
  return spawnSync(program, args, { encoding: "utf8", env });
}

/** Runs the script with the files of a folder instead of a download, and with nothing installed. */
function install(signingKey = join(action, "signing-key.asc"), version = VERSION) {
  copyFileSync(join(action, "install.sh"), join(folder, "install.sh"));
  if (existsSync(signingKey)) copyFileSync(signingKey, join(folder, "signing-key.asc"));
  standIn(
    "curl",
    `while [ "$1" != --output ]; do shift; done; echo "$3" >>${folder}/urls; cp "${folder}/\${2##*/}" "$2"`,
  );
  standIn("sudo", `echo "$*" >>${folder}/installed`);
  standIn("session-manager-plugin", `echo ${version}`);
  const { status, stderr } = run("bash", [join(folder, "install.sh")]);
  return { status, stderr, installed: existsSync(join(folder, "installed")) };
}

describe("the installation of the Session Manager plugin", () => {
  it("is of one version, over HTTPS, from AWS", () => {
    expect(VERSION).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(script).toContain("https://s3.amazonaws.com/session-manager-downloads/plugin/$version/");
    expect(script).not.toContain("plugin/latest");
  });

  if (hasShellcheck) {
    it("passes shellcheck", () => {
      expect(spawnSync("shellcheck", [join(action, "install.sh")], { encoding: "utf8" }).stdout).toBe("");
    });
  } else {
    it.skip("passes shellcheck (skipped: not installed; https://www.shellcheck.net)", () => undefined);
  }

  if (!hasGpg) {
    it.skip("trusts AWS's signature alone (skipped: GnuPG is not installed; https://gnupg.org)", () => undefined);
    return;
  }

  describe("with a key of its own for the test", () => {
    let key: string;

    beforeEach(() => {
      chmodSync(folder, 0o700);
      run("gpg", ["--batch", "--passphrase", "", "--quick-gen-key", "publisher@example.invalid", "ed25519", "sign"]);
      key = join(folder, "publisher.asc");
      run("gpg", ["--batch", "--armor", "--output", key, "--export"]);
      writeFileSync(join(folder, "plugin.deb"), "a package");
      run("gpg", ["--batch", "--output", join(folder, "plugin.deb.sig"), "--detach-sign", join(folder, "plugin.deb")]);
    });

    afterEach(() => {
      run("gpgconf", ["--kill", "all"]);
    });

    it("installs a package that is signed with the key beside the script", () => {
      expect(install(key)).toMatchObject({ status: 0, installed: true });
      expect(readFileSync(join(folder, "urls"), "utf8").split("\n").filter(Boolean)).toEqual(
        ["deb", "deb.sig"].map(
          (end) =>
            `https://s3.amazonaws.com/session-manager-downloads/plugin/${VERSION}/ubuntu_64bit/session-manager-plugin.${end}`,
        ),
      );
    });

    it("does not install one that was changed after it was signed", () => {
      writeFileSync(join(folder, "plugin.deb"), "another package");
      const { status, stderr, installed } = install(key);
      expect([status, installed, stderr]).toEqual([1, false, expect.stringContaining("BAD signature")]);
    });

    it("does not install one that is signed with another key than AWS's", () => {
      const { status, stderr, installed } = install();
      expect([status, installed, stderr]).toEqual([2, false, expect.stringContaining("No public key")]);
    });

    it("fails when another version than that one is installed after all", () => {
      expect(install(key, "1.2.3.4").status).not.toBe(0);
    });
  });

  it("carries the key that AWS's documentation describes", () => {
    const { stdout } = run("gpg", ["--batch", "--with-colons", "--show-keys", join(action, "signing-key.asc")]);
    expect(/^fpr:+(\w+):/m.exec(stdout)?.[1]).toBe(FINGERPRINT);
  });
});
