import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { Builder, type Run } from "./support/stand-ins";

const SECRET = '{"username":"admin","password":"a new one\'s \\"quotes\\" and $signs"}';

let machine: Builder;
let folder: string;
beforeEach(() => {
  machine = new Builder();
  folder = join(machine.tmp, "wordpress-database");
  mkdirSync(folder);
});
afterEach(() => {
  machine.remove();
});

const secretFile = (): string => join(folder, "secret.json");
const refused = (): string => join(machine.tmp, "database-refused");

/** Runs it as its unit does, with a stand-in for AWS. */
function run(aws: string, env: Readonly<Record<string, string>> = {}): Run {
  return machine.run(
    "wordpress/database-secret.sh",
    { aws, sleep: "" },
    {
      DATABASE_SECRET: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds-abc",
      AWS_REGION: "eu-west-1",
      RUNTIME_DIRECTORY: folder,
      REFUSED: refused(),
      ...env,
    },
  );
}
const answer = `cat <<'JSON'\n${SECRET}\nJSON`;

describe("the database's password", () => {
  it("is asked of Secrets Manager, and kept byte for byte, for its group to read and nobody to write", () => {
    const { status, stdout, stderr, calls } = run(answer);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(calls).toEqual([
      "aws secretsmanager get-secret-value --region eu-west-1 " +
        "--secret-id arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds-abc --query SecretString --output text",
    ]);
    expect(readFileSync(secretFile(), "utf8")).toBe(SECRET);
    expect(statSync(secretFile()).mode & 0o777).toBe(0o440);
    expect(readdirSync(folder).sort()).toEqual(["asked", "secret.json"]);
  });

  it("takes the place of the one before, at once and whole", () => {
    writeFileSync(secretFile(), "old", { mode: 0o440 });
    const before = statSync(secretFile()).ino;
    expect(run(answer).status).toBe(0);
    expect(readFileSync(secretFile(), "utf8")).toBe(SECRET);
    expect(statSync(secretFile()).ino).not.toBe(before);
  });

  it("is no longer refused once it is asked for: a later refusal asks again", () => {
    writeFileSync(refused(), "");
    expect(run(`[[ ! -e ${refused()} ]] || exit 1; ${answer}`, { LIMIT: "0" }).status).toBe(0);
    expect(existsSync(refused())).toBe(false);
  });

  it("is asked for again until there is an answer", () => {
    const first = join(machine.tmp, "first");
    const { status, calls } = run(`[[ -e ${first} ]] || { touch ${first}; exit 255; }; ${answer}`);
    expect(status).toBe(0);
    expect(calls.map((call) => call.split(" ")[0])).toEqual(["aws", "sleep", "aws"]);
  });

  it.each([
    ["no answer", "echo throttled >&2; exit 255", "cannot be read within 0 s"],
    ["something else", "echo '{}'", "has no username and password"],
  ])("stays as it was when there is %s", (_, aws, message) => {
    writeFileSync(secretFile(), "old", { mode: 0o440 });
    const { status, stderr } = run(aws, { LIMIT: "0" });
    expect(status).toBe(1);
    expect(stderr).toContain(message);
    expect(readFileSync(secretFile(), "utf8")).toBe("old");
  });

  it("is asked for no more than once in a while, however often it is refused", () => {
    expect(run(answer).calls).not.toContainEqual(expect.stringMatching(/^sleep/));
    writeFileSync(refused(), "");
    expect(run(answer, { PAUSE: "1000" }).calls[0]).toMatch(/^sleep (99\d|1000)$/);
    const longAgo = Date.now() / 1000 - 2000;
    utimesSync(join(folder, "asked"), longAgo, longAgo);
    expect(run(answer, { PAUSE: "1000" }).calls[0]).toMatch(/^aws /);
  });

  it("that was read a moment ago is enough for a start: nobody waits for it, and nobody is asked", () => {
    run(answer);
    expect(run(answer, { PAUSE: "1000" })).toMatchObject({ status: 0, calls: [] });
  });
});
