import { execFileSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./command";

/** An app in the smallest: it writes what stacks.ts says where CDKTF would, with the traces that CDKTF leaves. */
const MAIN = `
import { mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { stacks } from "./stacks";
for (const [name, resource] of Object.entries(stacks(process.env.ENVIRONMENT ?? ""))) {
  const folder = \`\${process.env.CDKTF_OUTDIR}/stacks/\${name}\`;
  mkdirSync(folder, { recursive: true });
  const backend = { local: { path: resolve(\`terraform.\${name}.tfstate\`) } };
  const note = { metadata: { path: name, at: resolve("main.ts") } };
  writeFileSync(\`\${folder}/cdk.tf.json\`, JSON.stringify({ "//": note, terraform: { backend }, resource }));
}
`;

/** A repository with an app, to commit to. */
export class Checkout {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), "steadfast-checkout-")));

  constructor() {
    this.git("init", "--quiet", "--initial-branch=main");
    symlinkSync(join(root, "node_modules"), join(this.path, "node_modules"), "dir");
    this.write("main.ts", MAIN);
    this.write(".gitignore", "node_modules\n");
    this.write("package.json", '{ "type": "module" }');
    this.lock("0.21.0");
  }

  write(file: string, content: string): void {
    writeFileSync(join(this.path, file), content);
  }

  /** @param body of a function that takes `environment` and returns resources by stack */
  stacks(body: string): void {
    this.write("stacks.ts", `export const stacks = (environment: string): object => (${body});\n`);
  }

  /** @param cdktf the version that is installed */
  lock(cdktf: string): void {
    this.write("package-lock.json", JSON.stringify({ packages: { "node_modules/cdktf": { version: cdktf } } }));
  }

  /** @returns the commit */
  commit(): string {
    this.git("add", "--all");
    this.git("-c", "user.name=t", "-c", "user.email=t@example.invalid", "commit", "--quiet", "--message", "change");
    return this.git("rev-parse", "HEAD");
  }

  git(...args: string[]): string {
    return execFileSync("git", args, { cwd: this.path, encoding: "utf8" }).trim();
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
