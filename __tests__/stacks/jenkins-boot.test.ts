import { describe, expect, it } from "@jest/globals";
import { curlOf, machineForEachTest, type Boot, type StandIns } from "../support/booted-machine";
import { itIsGoodBash } from "../support/good-bash";
import { bootScriptOf } from "../support/handed-over";
import { JENKINS, synthesizeJenkins } from "./support/jenkins";

const PASSWORD = `It's "$HOME" \\ \`x\` \${a} %{b}!`.replaceAll(" ", "_");
const SECRET_FILE = "etc/steadfast/secrets/admin-password";
const ENVIRONMENT_FILE = "etc/steadfast/jenkins.env";

const SCRIPTS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(JENKINS.map((name) => [name, bootScriptOf(synthesizeJenkins(name))])),
  "jenkins-multiaz with snapshots": bootScriptOf(synthesizeJenkins("jenkins-multiaz", { snapshotEveryHours: 6 })),
};
/** Those whose group waits for the boot. */
const GROUPS = Object.keys(SCRIPTS).filter((name) => name !== "jenkins-recovery");

const METADATA = {
  "instance-id": "i-0123456789abcdef0",
  "placement/availability-zone": "eu-west-1b",
  "public-ipv4": "203.0.113.9",
};

/** A machine on which everything works. */
const WORKING: StandIns = {
  curl: curlOf(METADATA, true),
  aws: `case "$*" in
    *get-secret-value*) printf '%s\\n' '${PASSWORD.replaceAll("'", `'\\''`)}' ;;
    *describe-snapshots*) printf '2026-11-02T03:00:00Z\\tsnap-2\\t20\\n2026-11-01T03:00:00Z\\tsnap-1\\t20\\n' ;;
    *create-volume*) echo vol-0aaa; touch @root/made ;;
    *attach-volume*) touch @root/attached ;;
    *describe-volumes*) if [[ -e @root/attached ]]; then echo in-use; else echo available; fi ;;
  esac`,
  // As of a volume that has a file system
  blkid: 'if [[ "$*" == *UUID* ]]; then echo 1111-2222; fi',
  "mkfs.xfs": "",
  xfs_growfs: "",
};

const fails = (what: string): string => `case "$*" in *${what}*) exit 254 ;; esac\n${WORKING.aws ?? ""}`;

const machine = machineForEachTest();

const boot = (name: string, standIns: StandIns = {}): Boot =>
  machine().boot(SCRIPTS[name] ?? "", { ...WORKING, ...standIns });

const reports = ({ calls }: Boot): string[] =>
  calls.flatMap((call) => /complete-lifecycle-action .*--lifecycle-action-result (\w+)/.exec(call)?.[1] ?? []);

/** A boot that has failed: the group hears of it once, and in time. */
function expectAbandoned(name: string, result: Boot): void {
  expect(result.status).not.toBe(0);
  expect(reports(result)).toEqual(name === "jenkins-recovery" ? [] : ["ABANDON"]);
  // The launching hook gives a machine up after 600 s.
  expect(result.seconds).toBeLessThan(600);
}

function expectNothingConfigured({ calls }: Boot): void {
  expect(calls.filter((call) => call.startsWith("systemctl enable"))).toEqual([]);
  expect(machine().file(SECRET_FILE)).toBeUndefined();
  expect(machine().file(ENVIRONMENT_FILE)).toBeUndefined();
}

describe.each(Object.keys(SCRIPTS))("the boot script of %s", (name) => {
  itIsGoodBash(SCRIPTS[name] ?? "");

  it("starts Jenkins with its home, its password and its settings, and reports success once", () => {
    const result = boot(name);
    expect(result).toMatchObject({ status: 0, stderr: "" });
    expect(result.calls).toContain("systemctl enable --now jenkins.service");
    expect(machine().file(ENVIRONMENT_FILE)?.toString()).toContain('PORT="8080"\n');
    expect(reports(result)).toEqual(name === "jenkins-recovery" ? [] : ["CONTINUE"]);
  });

  it("keeps the password byte for byte in a file that only root can read, and prints it nowhere", () => {
    const { stdout, stderr, calls } = boot(name);
    expect(machine().file(SECRET_FILE)?.toString()).toBe(PASSWORD);
    expect(machine().mode(SECRET_FILE)).toBe(0o600);
    expect(machine().mode("etc/steadfast/secrets")).toBe(0o700);
    expect(stdout + stderr + calls.join("\n")).not.toContain(PASSWORD);
    expect(machine().file(ENVIRONMENT_FILE)?.toString()).not.toContain(PASSWORD);
  });

  it("gives up when the password cannot be read: Jenkins never starts", () => {
    const result = boot(name, { aws: fails("get-secret-value") });
    expectAbandoned(name, result);
    expectNothingConfigured(result);
    expect(result.stderr).toMatch(/secret .* read: not within 480 s/);
  });

  it("gives up when Jenkins never answers", () => {
    const result = boot(name, { curl: curlOf(METADATA, false) });
    expectAbandoned(name, result);
    expect(result.calls.filter((call) => call.includes("associate-address"))).toEqual([]);
    expect(result.stderr).toContain("jenkins answers at http://127.0.0.1:8080/login: not within 480 s");
  });

  it("gives up when systemd does not start Jenkins", () => {
    expectAbandoned(name, boot(name, { systemctl: 'case "$*" in enable*) exit 1 ;; esac' }));
  });
});

describe.each(["jenkins-multiaz-efs", "jenkins-multiaz-efs-eip"])("a machine of %s", (name) => {
  it("mounts home over TLS with its role before Jenkins starts, and at every later boot", () => {
    const { calls } = boot(name);
    const mounted = calls.findIndex((call) => call.startsWith("mount -t efs"));
    expect(calls[mounted]).toMatch(/tls,iam,accesspoint=fsap-0123456789abcdef0/);
    expect(mounted).toBeLessThan(calls.indexOf("systemctl enable --now jenkins.service"));
    expect(machine().file("etc/fstab")?.toString()).toMatch(
      /^fs-0123456789abcdef0 .*\/var\/lib\/jenkins efs .*_netdev.*tls,iam/m,
    );
  });

  it("gives up when the file system can never be reached: nothing is configured", () => {
    const result = boot(name, { mount: "exit 32" });
    expectAbandoned(name, result);
    expectNothingConfigured(result);
    expect(machine().file("etc/fstab")).toBeUndefined();
    expect(result.stderr).toMatch(/file system fs-0123456789abcdef0 mounted at .*: not within 480 s/);
  });
});

describe("a machine of jenkins-multiaz-efs-eip", () => {
  const name = "jenkins-multiaz-efs-eip";

  it("takes the address once Jenkins answers, and reports only then", () => {
    const { calls } = boot(name);
    const taken = calls.findIndex((call) => call.includes("associate-address"));
    expect(calls[taken]).toContain("--allocation-id eipalloc-0123456789abcdef0 --instance-id i-0123456789abcdef0");
    expect(taken).toBeGreaterThan(calls.indexOf("systemctl enable --now jenkins.service"));
    expect(taken).toBeLessThan(calls.findIndex((call) => call.includes("CONTINUE")));
  });

  it("gives up when it may not have the address", () => {
    expectAbandoned(name, boot(name, { aws: fails("associate-address") }));
  });

  it("gives up when somebody else has taken the address", () => {
    const result = boot(name, { curl: curlOf({ ...METADATA, "public-ipv4": "198.51.100.1" }, true) });
    expectAbandoned(name, result);
    expect(result.stderr).toMatch(/address 203\.0\.113\.9 .*: not within 480 s/);
  });
});

describe("the machine of jenkins-recovery", () => {
  it("mounts the volume that it always has, which is never formatted", () => {
    const { calls } = boot("jenkins-recovery");
    expect(calls.filter((call) => call.startsWith("mkfs"))).toEqual([]);
    expect(calls).toContainEqual(expect.stringMatching(/^mount .*_vol0123456789abcdef0 .*\/var\/lib\/jenkins$/));
  });
});

describe("a machine of jenkins-multiaz with snapshots", () => {
  const name = "jenkins-multiaz with snapshots";

  it("makes its home from the newest snapshot, in its own zone", () => {
    expect(boot(name).calls).toContainEqual(
      expect.stringMatching(/^aws ec2 create-volume .*--snapshot-id snap-2 .*--availability-zone eu-west-1b/),
    );
  });

  it("gives up when no volume can be made: nothing is configured", () => {
    const result = boot(name, { aws: fails("create-volume") });
    expectAbandoned(name, result);
    expectNothingConfigured(result);
  });
});

it("of every group a failed boot reaches the group", () => {
  expect(GROUPS).toHaveLength(4);
  for (const name of GROUPS) expect(SCRIPTS[name]).toContain("--lifecycle-hook-name launching");
});
