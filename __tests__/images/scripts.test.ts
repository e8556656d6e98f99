import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { itIsGoodBash } from "../support/good-bash";
import { imagesFolder } from "./support/stand-ins";

const scripts = readdirSync(imagesFolder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".sh"));
const FETCHES = /(^|[;&|(!]|\b(if|then|do|else|exec|sudo|timeout .*)\s)\s*(wget|git|pip3?|npm|npx|yum|aws)\s/m;
const ASKS_AWS: ReadonlySet<string> = new Set(["wordpress/database-secret.sh"]);
const read = (file: string): string => readFileSync(join(imagesFolder, file), "utf8");

describe.each(scripts)("the script images/%s", (file) => {
  itIsGoodBash(read(file));

  it("says what it is for and ends at the first command that fails", () => {
    expect(read(file)).toMatch(/^#!\/bin\/bash\n# .+\n(#.*\n)*set -Eeuo pipefail\n/);
  });

  // Those that install what others have built get what they may fetch, and what it has to be, from the template:
  // jenkins-install.test.ts, wordpress-install.test.ts
  it("fetches nothing by itself but packages from the system's own repositories", () => {
    const code = read(file).replace(/^\s*#.*$/gm, "");
    // One asks AWS, on a machine: wordpress-database-secret.test.ts
    const others = ASKS_AWS.has(file) ? code.replaceAll("aws secretsmanager", "") : code;
    expect(others).not.toMatch(FETCHES);
    expect(code).not.toMatch(/\brpm --import\s/);
    // curl asks what runs on this machine, and nobody else.
    const urls = code.match(/https?:\/\/[^\s"']+/g) ?? [];
    expect(urls.filter((url) => !url.startsWith("http://127.0.0.1:"))).toEqual([]);
    expect(code).not.toMatch(/--nogpgcheck|gpgcheck=0|--enablerepo|--repofrompath/);
  });
});
