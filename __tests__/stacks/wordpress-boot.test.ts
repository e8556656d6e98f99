import { describe, expect, it } from "@jest/globals";
import { curlOf, machineForEachTest, type Boot, type StandIns } from "../support/booted-machine";
import { itIsGoodBash } from "../support/good-bash";
import { bootScriptOf } from "../support/handed-over";
import { synthesizeWordpress } from "./support/wordpress";

const PASSWORD = "aPassword123";
const CACHE_PASSWORD = "0123456789abcdef".repeat(4);
const SECRETS = "etc/steadfast/secrets";
const ENVIRONMENT_FILE = "etc/steadfast/wordpress.env";

const stack = synthesizeWordpress("wordpress-loadtest");
const server = bootScriptOf(stack, "server");
const tester = bootScriptOf(stack, "tester");

const METADATA = { "instance-id": "i-0123456789abcdef0" };

/** A machine on which everything works. */
const WORKING: StandIns = {
  curl: curlOf(METADATA, true),
  aws: `case "$*" in
    *get-secret-value*secret:cache-*) echo ${CACHE_PASSWORD} ;;
    *get-secret-value*) echo ${PASSWORD} ;;
  esac`,
};

const machine = machineForEachTest();
const boot = (script: string, standIns: StandIns = {}): Boot => machine().boot(script, { ...WORKING, ...standIns });
const reports = ({ calls }: Boot): string[] =>
  calls.flatMap((call) => /complete-lifecycle-action .*--lifecycle-action-result (\w+)/.exec(call)?.[1] ?? []);

/** A boot that has failed: the group hears of it once, before it gives the machine up by itself. */
function expectAbandoned(result: Boot): void {
  expect(result.status).not.toBe(0);
  expect(reports(result)).toEqual(["ABANDON"]);
  expect(result.seconds).toBeLessThan(600);
}

describe("the boot script of a web server", () => {
  itIsGoodBash(server);

  it("mounts the shared files, keeps the passwords, starts WordPress, and reports success once", () => {
    const result = boot(server);
    expect(result).toMatchObject({ status: 0, stderr: "" });
    const mounted = result.calls.findIndex((call) => call.startsWith("mount -t efs"));
    const started = result.calls.indexOf("systemctl enable --now wordpress.service");
    expect(mounted).toBeGreaterThan(-1);
    expect(started).toBeGreaterThan(mounted);
    expect(reports(result)).toEqual(["CONTINUE"]);
    expect(machine().file(ENVIRONMENT_FILE)?.toString()).toContain('DATABASE_NAME="wordpress"\n');
  });

  it("keeps both passwords byte for byte in files that only root can read, and prints them nowhere", () => {
    const { stdout, stderr, calls } = boot(server);
    expect(machine().file(`${SECRETS}/admin-password`)?.toString()).toBe(PASSWORD);
    expect(machine().file(`${SECRETS}/cache-password`)?.toString()).toBe(CACHE_PASSWORD);
    expect(["admin-password", "cache-password"].map((file) => machine().mode(`${SECRETS}/${file}`))).toEqual([
      0o600, 0o600,
    ]);
    const everything = stdout + stderr + calls.join("\n") + String(machine().file(ENVIRONMENT_FILE));
    for (const secret of [PASSWORD, CACHE_PASSWORD]) expect(everything).not.toContain(secret);
  });

  it.each<[string, StandIns, RegExp]>([
    ["the shared files can never be reached", { mount: "exit 32" }, /file system .* mounted at .*: not within 480 s/],
    [
      "no secret can be read",
      { aws: 'case "$*" in *get-secret-value*) exit 254 ;; esac' },
      /secret .* read: not within/,
    ],
    [
      "WordPress never answers",
      { curl: curlOf(METADATA, false) },
      /wordpress answers at \S+\/health: not within 480 s/,
    ],
    ["systemd does not start it", { systemctl: 'case "$*" in enable*) exit 1 ;; esac' }, /boot failed in line/],
  ])("gives up when %s", (_, standIns, message) => {
    const result = boot(server, standIns);
    expectAbandoned(result);
    expect(result.stderr).toMatch(message);
  });

  it("configures nothing when the shared files cannot be reached", () => {
    const { calls } = boot(server, { mount: "exit 32" });
    expect(calls.filter((call) => call.startsWith("systemctl enable"))).toEqual([]);
    expect(machine().file(ENVIRONMENT_FILE)).toBeUndefined();
  });
});

describe("the boot script of the machine that sends the load", () => {
  itIsGoodBash(tester);

  const httpd = { dnf: "mkdir -p @root/var/www/html" };

  it("starts the load once the website answers, and can do so again", () => {
    const { status, calls } = boot(tester, httpd);
    expect(status).toBe(0);
    const asked = calls.findLastIndex((call) => call.startsWith("curl") && call.includes("lb-1"));
    expect(asked).toBeGreaterThan(calls.indexOf("systemctl enable --now httpd.service"));
    expect(calls.indexOf("systemctl start --no-block load-test.service")).toBeGreaterThan(asked);
    expect(machine().file("etc/systemd/system/load-test.service")?.toString()).toMatch(
      /\nStandardOutput=truncate:\S*\/var\/www\/html\/report.txt\n/,
    );
  });

  it("sends nothing when the website never answers", () => {
    const { status, stderr, calls } = boot(tester, {
      ...httpd,
      curl: `case "$*" in *lb-1*) exit 22 ;; esac\n${WORKING.curl ?? ""}`,
    });
    expect(status).not.toBe(0);
    expect(stderr).toContain("http://lb-1.eu-west-1.elb.amazonaws.com answers: not within 900 s");
    expect(calls.filter((call) => call.startsWith("systemctl start"))).toEqual([]);
  });
});
