import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { MINISTACK_IS_MISSING, hasMinistack } from "./support/ministack";
import { ReleaseRig } from "./support/release-rig";

// Every command is a process that loads a good part of the AWS SDK: a busy machine takes its time.
jest.setTimeout(180_000);

const FIRST = "1111111-111111111111";
const SECOND = "2222222-222222222222";
const ENVIRONMENT = ["--env", "dev"];

describe("plans and rollbacks of imagery", () => {
  if (!hasMinistack) {
    it.skip(`are made over HTTP (skipped: ${MINISTACK_IS_MISSING})`, () => undefined);
    return;
  }

  let rig: ReleaseRig;
  /** Two images that were baked */
  let first: string;
  let second: string;
  const published = async () => (await rig.account.publications()).at(-1)?.Value;
  const groupsOn = (image: string) => ({ "imagery-dev-server": image, "imagery-dev-worker": image });

  beforeAll(async () => {
    rig = await ReleaseRig.start();
    first = await rig.account.baked("imagery", FIRST);
    second = await rig.account.baked("imagery", SECOND);
    await rig.account.publish(first);
    const { exitCode, stderr } = await rig.project.release("deploy", "imagery", ...ENVIRONMENT);
    if (exitCode !== 0) throw new Error(stderr);
    await rig.account.publish(second);
  });
  afterAll(() => rig.stop());

  describe("a plan", () => {
    it("is written into three files; read-only, it takes no lock", async () => {
      rig.project.takeCalls();
      const options = ["--out", "out", "--read-only"];
      const { exitCode, json } = await rig.project.releaseJson("plan", "imagery", ...ENVIRONMENT, ...options);
      const file = (extension: string) => rig.project.path("out", `imagery.dev.${extension}`);
      const files = { plan: file("tfplan"), json: file("json"), text: file("txt") };
      expect([exitCode, json]).toEqual([0, { stack: "imagery", environment: "dev", changes: 4, files }]);
      expect(rig.project.takeCalls()).toContainEqual(expect.stringMatching(/^terraform plan .*-lock=false/));
      expect(JSON.parse(rig.project.read("out/imagery.dev.json"))).toMatchObject({ format_version: "1.2" });
      expect(rig.project.read("out/imagery.dev.txt")).toContain(`"${first}" -> "${second}"`);
      expect(await rig.account.running()).toEqual(groupsOn(first));
    });

    it("is deployed as it was approved, without another one being made", async () => {
      const { exitCode, json } = await rig.project.releaseJson(
        ...["deploy", "imagery", ...ENVIRONMENT, "--plan", "out/imagery.dev.tfplan"],
      );
      expect({ exitCode, json }).toMatchObject({ exitCode: 0, json: { outcome: "deployed", url: rig.url } });
      expect(await rig.account.running()).toEqual(groupsOn(second));
      expect(rig.project.takeCalls()).not.toContainEqual(expect.stringContaining("terraform plan"));
    });
  });

  describe("a plan that does not exist", () => {
    it("is refused with the place where it was looked for", async () => {
      const { exitCode, stderr } = await rig.project.release("deploy", "imagery", ...ENVIRONMENT, "--plan", "out/none");
      expect([exitCode, stderr]).toEqual([2, `error: there is no plan ${rig.project.path("out", "none")}\n`]);
    });
  });

  describe("a rollback", () => {
    it("goes to the image that was there before, publishes it again and deploys it", async () => {
      const { exitCode, json } = await rig.project.releaseJson("rollback", "imagery", ...ENVIRONMENT);
      const images = { imagery: first };
      expect([exitCode, json]).toEqual([
        0,
        {
          ...{ app: "imagery", environment: "dev", image: first, previous: second },
          deployed: [{ stack: "imagery", environment: "dev", outcome: "deployed", images, url: rig.url }],
        },
      ]);
      expect(await rig.account.running()).toEqual(groupsOn(first));
      expect((await rig.account.publications()).at(-1)).toMatchObject({
        ...{ Value: first, Labels: ["healthy"] },
        Description: expect.stringMatching(new RegExp(`^imagery ${FIRST} published by .*: rollback$`)),
      });
    });

    it("to a version that there is not is refused with the versions that there are", async () => {
      const before = await rig.account.publications();
      const { exitCode, stdout, stderr } = await rig.project.release(
        ...["rollback", "imagery", ...ENVIRONMENT, "--to", "3333333-333333333333"],
      );
      expect([exitCode, stdout]).toEqual([2, ""]);
      expect(stderr).toContain(`${SECOND} (${second}), ${FIRST} (${first})`);
      expect(await rig.account.publications()).toEqual(before);
    });

    it("to a version, with --publish-only, publishes it and leaves the groups alone", async () => {
      const { exitCode, stdout } = await rig.project.release(
        ...["rollback", "imagery", ...ENVIRONMENT, "--to", SECOND, "--publish-only"],
      );
      expect(exitCode).toBe(0);
      expect(stdout).toBe(`imagery dev: ${second} (${SECOND}) is published again, after ${first}\n`);
      expect(await published()).toBe(second);
      expect(await rig.account.running()).toEqual(groupsOn(first));
    });
  });

  describe("a plan whose image was taken back before it was deployed", () => {
    beforeAll(async () => {
      await rig.project.release("plan", "imagery", ...ENVIRONMENT, "--out", "out");
      await rig.project.release("rollback", "imagery", ...ENVIRONMENT, "--publish-only");
    });

    it("was taken back to the image that was last seen healthy", async () => {
      expect(await published()).toBe(first);
    });

    it("is refused, and nothing is changed", async () => {
      rig.project.takeCalls();
      const { exitCode, json } = await rig.project.releaseJson(
        ...["deploy", "imagery", ...ENVIRONMENT, "--plan", "out/imagery.dev.tfplan"],
      );
      expect([exitCode, json]).toEqual([
        2,
        {
          error:
            `the plan puts imagery-dev-server on ${second}, but the published image of imagery is ${first} now: ` +
            "make, and approve, a new plan",
        },
      ]);
      expect(rig.project.takeCalls()).not.toContainEqual(expect.stringContaining("terraform apply"));
      expect(await rig.account.running()).toEqual(groupsOn(first));
    });
  });
});
