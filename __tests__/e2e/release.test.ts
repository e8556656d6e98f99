import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { MINISTACK_IS_MISSING, hasMinistack } from "./support/ministack";
import { ReleaseRig } from "./support/release-rig";

// Every command is a process that loads a good part of the AWS SDK: a busy machine takes its time.
jest.setTimeout(180_000);

// Jest keeps back what a suite logs when all of it is skipped.
if (!hasMinistack) process.stderr.write(`${MINISTACK_IS_MISSING}\n`);

const AMI = expect.stringMatching(/^ami-[0-9a-f]{17}$/) as unknown as string;
const PARAMETER = "/steadfast/dev/images/imagery";
const COMMANDS = "npm run release -- bake imagery && npm run release -- publish imagery --env dev";
const NEWER_LINUX = "ami-0aaaaaaaaaaaaaaaa";

/** Stack, fleet, and what status says of its image before anything is published; a machine that installs at boot has none. */
const FLEETS = [
  ["imagery", "server", "nothing"],
  ["imagery", "worker", "nothing"],
  ["url2png", "worker", "nothing"],
  ["web-servers", "server", "-"],
  ["jenkins-multiaz", "jenkins", "nothing"],
  ["jenkins-multiaz-efs", "jenkins", "nothing"],
  ["jenkins-multiaz-efs-eip", "jenkins", "nothing"],
  ["wordpress", "server", "nothing"],
  ["wordpress-schedule", "server", "nothing"],
  ["wordpress-loadtest", "server", "nothing"],
] as const;

interface Bake {
  readonly app: string;
  readonly version: string;
  readonly commit: string;
  readonly image: string;
  readonly parent: string;
  readonly existed: boolean;
}

function onBoth(image: string): Record<string, string> {
  return { "imagery-dev-server": image, "imagery-dev-worker": image };
}

describe("releases of imagery, from an empty account on", () => {
  if (!hasMinistack) {
    it.skip(`are made over HTTP (skipped: ${MINISTACK_IS_MISSING})`, () => undefined);
    return;
  }

  let rig: ReleaseRig;
  /** The images, in the order in which they are baked */
  const baked: Bake[] = [];
  const nth = (number: number): Bake => {
    const found = baked[number - 1];
    if (!found) throw new Error(`there is no image ${number}: an earlier test has failed`);
    return found;
  };
  const bake = async (...options: string[]): Promise<Bake> => {
    const { exitCode, json, stderr } = await rig.project.releaseJson("bake", "imagery", ...options);
    if (exitCode !== 0) throw new Error(stderr);
    return json as Bake;
  };
  /** What `changed` says of imagery; nothing is ever published of the other applications. */
  const changed = async (): Promise<unknown[]> => {
    const { exitCode, json, stderr } = await rig.project.releaseJson("changed", "--env", "dev");
    if (exitCode !== 0) throw new Error(stderr);
    return (json as { app: string }[]).filter(({ app }) => app === "imagery");
  };
  const publish = (...options: string[]) => rig.project.releaseJson("publish", "imagery", "--env", "dev", ...options);

  beforeAll(async () => {
    rig = await ReleaseRig.start();
  });
  afterAll(() => rig.stop());

  describe("before anything is baked", () => {
    it("status shows every group of every environment, with nothing published and nothing running", async () => {
      const { exitCode, stdout } = await rig.project.release("status");
      expect(exitCode).toBe(0);
      const rows = stdout.trim().split("\n").slice(1);
      expect(rows.map((row) => row.split(/ {2,}/))).toEqual(
        ["dev", "prod"].flatMap((environment) =>
          FLEETS.map(([stack, fleet, published]) => [
            environment,
            stack,
            `${stack}-${environment}-${fleet}`,
            published,
            "not deployed",
          ]),
        ),
      );
    });

    it("changed says that the base layer is missing", async () => {
      expect(await changed()).toEqual([{ app: "imagery", version: null, image: null, published: null }]);
    });

    it("publish is refused and says how to bake", async () => {
      const { exitCode, stderr } = await rig.project.release("publish", "imagery", "--env", "dev");
      expect(exitCode).toBe(2);
      expect(stderr).toContain("npm run release -- bake imagery");
    });

    it("deploy is refused before Terraform is asked, and names the two commands that come first", async () => {
      const { exitCode, stdout, stderr } = await rig.project.release("deploy", "imagery", "--env", "dev");
      expect([exitCode, stdout]).toEqual([2, ""]);
      expect(stderr).toContain(COMMANDS);
      expect(await rig.account.running()).toEqual({});
      expect(rig.project.takeCalls()).toEqual([]);
    });

    it("plan fails with the stack's own message, which names the same commands", async () => {
      const { exitCode, stderr } = await rig.project.release("plan", "imagery", "--env", "dev", "--out", "out");
      expect(exitCode).toBe(1);
      expect(stderr).toContain(COMMANDS);
      rig.project.takeCalls();
    });
  });

  describe("the first bake", () => {
    it("makes the base layer from AWS's newest Amazon Linux, and the application on top of it", async () => {
      const first = await bake();
      baked.push(first);
      const commit = rig.project.head();
      const { Commit, ContentHash = "", Version, ...base } = await rig.account.tagsOf(first.parent);
      expect(base).toMatchObject({ App: "base", ManagedBy: "steadfast", ParentAmi: "ami-0c2023a1b2c3d4e5f" });
      expect([Commit, Version]).toEqual([commit, `${commit.slice(0, 7)}-${ContentHash.slice(0, 12)}`]);
      expect(first).toEqual({
        app: "imagery",
        version: expect.stringMatching(new RegExp(`^${commit.slice(0, 7)}-[0-9a-f]{12}$`)),
        commit,
        image: AMI,
        parent: AMI,
        existed: false,
      });
      expect(await rig.account.tagsOf(first.image)).toMatchObject({
        App: "imagery",
        ManagedBy: "steadfast",
        Commit: commit,
        Version: first.version,
        ParentAmi: first.parent,
      });
      expect(rig.project.takeCalls().filter((call) => call.startsWith("packer build"))).toEqual([
        expect.stringContaining("-only=base.* "),
        expect.stringContaining("-only=imagery.* "),
      ]);
    });

    it("done again finds the same content, and bakes nothing", async () => {
      expect(await bake()).toEqual({ ...nth(1), existed: true });
      expect(await rig.account.images()).toHaveLength(2);
      expect(rig.project.takeCalls()).toEqual([]);
    });
  });

  describe("publish", () => {
    it("writes the parameter, which SSM checks to be an image, and says what, who and why", async () => {
      const { exitCode, json } = await publish("--reason", "the first one");
      const { image, version } = nth(1);
      expect([exitCode, json]).toEqual([
        0,
        { app: "imagery", environment: "dev", parameter: PARAMETER, image, version, previous: null, written: true },
      ]);
      const [publication, ...others] = await rig.account.publications();
      expect(others).toEqual([]);
      expect(publication).toMatchObject({ Value: image, Type: "String", DataType: "aws:ec2:image", Version: 1 });
      expect(publication?.Description).toMatch(
        new RegExp(`^imagery ${version} published by arn:aws:iam::${rig.account.id}:root on .*: the first one$`),
      );
    });

    it("does not write what is published already", async () => {
      const { image } = nth(1);
      expect(await publish()).toMatchObject({ exitCode: 0, json: { image, previous: image, written: false } });
      expect(await rig.account.publications()).toHaveLength(1);
    });

    it("leaves nothing of it changed", async () => {
      expect(await changed()).toEqual([]);
    });
  });

  describe("the first deployment", () => {
    it("makes the groups on the published image, asks the URL, and labels the publication as healthy", async () => {
      rig.project.takeCalls();
      const { exitCode, json, stderr } = await rig.project.releaseJson("deploy", "imagery", "--env", "dev");
      const { image } = nth(1);
      expect([exitCode, json]).toEqual([
        0,
        { stack: "imagery", environment: "dev", outcome: "deployed", images: { imagery: image }, url: rig.url },
      ]);
      expect(await rig.account.running()).toEqual(onBoth(image));
      expect(await rig.account.publications()).toMatchObject([{ Value: image, Labels: ["healthy"] }]);
      expect(stderr).toContain("imagery-dev-server: healthy, 100 %, 1 of 1 new in service");
      const commands = rig.project.takeCalls().map((call) => call.split(" ")[1]);
      expect(commands.join(" ")).toBe("init plan show show apply output");
    });

    it("shows in status", async () => {
      const { json } = await rig.project.releaseJson("status", "imagery", "--env", "dev");
      const { image, version } = nth(1);
      const row = { environment: "dev", stack: "imagery", application: "imagery", published: image, image, version };
      const instances = { desired: 1, ready: 1, old: 0 };
      expect(json).toEqual(Object.keys(onBoth(image)).map((group) => ({ ...row, group, instances, refresh: null })));
    });
  });

  describe("a change of the application", () => {
    it("is another content; as long as it is not committed, the image's commit says so", async () => {
      rig.project.change("app-src/imagery/server/main.ts", (text) => `${text}console.debug("changed");\n`);
      baked.push(await bake());
      const { image, version, commit, parent } = nth(2);
      expect(commit).toBe(`${rig.project.head()}-dirty`);
      expect([parent, version]).toEqual([nth(1).parent, expect.not.stringContaining(nth(1).version)]);
      expect(await changed()).toEqual([{ app: "imagery", version, image, published: nth(1).image }]);
    });

    it("is released by publish and deploy", async () => {
      expect(await publish("--reason", "a change")).toMatchObject({ exitCode: 0, json: { previous: nth(1).image } });
      const { exitCode, stdout } = await rig.project.release("deploy", "imagery", "--env", "dev");
      expect(exitCode).toBe(0);
      expect(stdout).toBe(`imagery dev: deployed, every group is healthy\n  imagery: ${nth(2).image}\n  ${rig.url}\n`);
      expect(await rig.account.running()).toEqual(onBoth(nth(2).image));
    });
  });

  describe("a new Amazon Linux under an application whose service then does not answer", () => {
    it("is baked with --fresh-base", async () => {
      rig.gateway.amazonLinux = NEWER_LINUX;
      baked.push(await bake("--fresh-base"));
      expect(nth(3)).toMatchObject({ existed: false, parent: expect.not.stringContaining(nth(2).parent) });
      expect(await rig.account.tagsOf(nth(3).parent)).toMatchObject({ App: "base", ParentAmi: NEWER_LINUX });
    });

    it("is rolled back: the last healthy image is published again and runs, and the report says why", async () => {
      expect(await publish()).toMatchObject({ exitCode: 0, json: { image: nth(3).image } });
      rig.broken.add(nth(3).image);
      const options = ["--url-timeout", "1"];
      const { exitCode, json } = await rig.project.releaseJson("deploy", "imagery", "--env", "dev", ...options);
      expect([exitCode, json]).toEqual([
        1,
        {
          stack: "imagery",
          environment: "dev",
          outcome: "rolled-back",
          reason: `${rig.url} does not answer: status 503 (tried for 1 s)`,
          restored: { imagery: nth(2).image },
          images: { imagery: nth(3).image },
        },
      ]);
      expect(await rig.account.running()).toEqual(onBoth(nth(2).image));
    });

    it("stays in the history, with the one that was put back and why", async () => {
      const { exitCode, json } = await rig.project.releaseJson("history", "imagery", "--env", "dev");
      expect(exitCode).toBe(0);
      const at = expect.stringMatching(/^20\d\d-\d\d-\d\dT[\d:.]+Z$/) as unknown as string;
      const by = `arn:aws:iam::${rig.account.id}:root`;
      const entries = [
        [4, nth(2), `: rolled back: ${rig.url} does not answer`],
        [3, nth(3), ""],
        [2, nth(2), ": a change"],
        [1, nth(1), ": the first one"],
      ] as const;
      expect(json).toEqual(
        entries.map(([number, { image, version }, why]) => ({
          ...{ number, image, version, exists: true, published: number === 4, healthy: number === 4, at, by },
          description: expect.stringMatching(new RegExp(`^imagery ${version} published by ${by} on .*${why}`)),
        })),
      );
    });
  });
});
