import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it, jest } from "@jest/globals";
import { about, sumOf } from "../../../tools/resilience/words";

// Every command is a process that synthesizes stacks: a busy machine takes its time.
jest.setTimeout(180_000);

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** `npm run resilience -- …`, as a process of its own without credentials. */
async function resilience(...args: string[]) {
  const child = spawn(process.execPath, ["--import", "tsx", "tools/resilience/main.ts", ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH, HOME: "/nonexistent", AWS_EC2_METADATA_DISABLED: "true" },
  });
  const output = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => (output[stream] += text));
  }
  const [status] = (await once(child, "close")) as [number];
  return { status, ...output };
}

describe("npm run resilience", () => {
  it("prints the recovery table, and for each stack what happens, how long it takes and what is lost", async () => {
    const { status, stdout, stderr } = await resilience("url2png", "jenkins-multiaz");
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout.split("\n").slice(0, 11)).toEqual([
      "stack            machines  how it recovers       RTO           RPO        survives                address",
      "url2png          worker    group, keeps nothing  about 7 min   none lost  process, machine, zone  none",
      "jenkins-multiaz  jenkins   group, EBS            about 10 min  all lost   process, machine, zone  new",
      "",
      "url2png in dev",
      "",
      "  loss of a  survived  RTO          RPO",
      "  process    yes       about 1 min  none lost",
      "  machine    yes       about 7 min  none lost",
      "  zone       yes       about 7 min  none lost",
      "",
    ]);
    expect(stdout).toContain(
      "machine: the group launches another machine: about 10 min = 60 s until EC2's status check has failed (AWS) + " +
        "60 s until Auto Scaling has launched another (assumed) + 480 s until it has booted, at most",
    );
    expect(stdout).toMatch(
      / {4}loss of a machine or zone: the address: .* \(aws_autoscaling_group\.jenkins_group_\w+\)\n/,
    );
  });

  it("prints Markdown whose details are folded, and whose addresses are code", async () => {
    const { status, stdout } = await resilience("--markdown", "--env", "prod", "web-servers");
    expect(status).toBe(0);
    expect(stdout).toContain(
      "| stack | machines | how it recovers | RTO | RPO | survives | address |\n| --- | --- | --- | --- | --- | --- | --- |\n" +
        "| web-servers | server | group, own disk | none | not judged | process, machine, zone | load balancer |\n",
    );
    expect(stdout).toContain("| web-servers | zone | yes | none | not judged |");
    expect(stdout).toMatch(
      /<details><summary>What web-servers in prod survives, and why<\/summary>\n\n\*\*Does not survive\*\*/,
    );
    expect(stdout).toMatch(
      /- NAT gateway of one zone, for subnets of that zone only \(`aws_nat_gateway\.\w[\w-]+`\)\n/,
    );
  });

  it("answers in JSON, in which all data is the word for endless hours", async () => {
    const { status, stdout } = await resilience("--json", "jenkins-multiaz");
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      reports: [
        {
          stack: "jenkins-multiaz",
          environment: "dev",
          losses: { zone: { survives: true, recoverySeconds: 600, dataLoss: { hours: "all", text: "all lost" } } },
          recovery: [{ machines: "jenkins", recoversBy: "group, EBS", survives: ["process", "machine", "zone"] }],
          notJudged: [],
        },
      ],
    });
  });

  it("is not possible for an unknown stack: exit code 2, and which there are", async () => {
    const { status, stdout, stderr } = await resilience("imagery", "image");
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^error: there is no stack "image"; there are: bootstrap, imagery, .*\n$/);
  });

  it("is not possible as JSON and Markdown at once: exit code 2", async () => {
    const { status, stderr } = await resilience("--json", "--markdown");
    expect(status).toBe(2);
    expect(stderr).toContain("cannot be used with option '--markdown'");
  });
});

describe("a recovery time", () => {
  it.each([
    [undefined, "-"],
    [0, "none"],
    [0.1, "about 1 s"],
    [59, "about 59 s"],
    [61, "about 1 min"],
    [600, "about 10 min"],
  ])("of %p seconds is shown as %s", (seconds, shown) => {
    expect(about(seconds)).toBe(shown);
  });

  it("is shown with its parts, and which of them nobody promises", () => {
    expect(
      sumOf([
        { seconds: 120, what: "until a", basis: "stack" },
        { seconds: 60, what: "until b", basis: "AWS" },
        { seconds: 30, what: "until c", basis: "assumed" },
      ]),
    ).toBe("about 4 min = 120 s until a + 60 s until b (AWS) + 30 s until c (assumed)");
  });
});
