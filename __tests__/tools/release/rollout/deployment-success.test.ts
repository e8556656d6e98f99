import { afterEach, describe, expect, it } from "@jest/globals";
import { awsError } from "../support/answers";
import { GOOD, NEW, PARAMETER, Scenario } from "../support/scenario";

let scenario: Scenario;

afterEach(() => {
  scenario.end();
});

describe("a deployment that succeeds", () => {
  it("replaces every instance of one group, and says what was deployed and where it answers", async () => {
    scenario = new Scenario("server");
    expect(await scenario.deploy()).toEqual({
      outcome: "deployed",
      images: { imagery: NEW },
      url: "http://example.test",
    });
    expect(scenario.running()).toEqual([NEW, NEW]);
  });

  it("shows percentages, counts and AWS's reasons, a line for each change", async () => {
    scenario = new Scenario("server");
    await scenario.deploy();
    expect(scenario.said).toEqual([
      "applying the plan",
      "waiting until every group is healthy on its image",
      "  server: 0 %, 0 of 2 new in service, 2 old (Pending)",
      "  server: 0 %, 0 of 2 new in service, 2 old (Waiting for instances to warm up before continuing.)",
      "  server: 0 %, 1 of 2 new in service, 1 old (Waiting for instances to warm up before continuing.)",
      "  server: 50 %, 1 of 2 new in service, 1 old (Waiting for instances to warm up before continuing.)",
      "  server: 50 %, 2 of 2 new in service (Waiting for instances to warm up before continuing.)",
      "  server: healthy, 100 %, 2 of 2 new in service",
      "asking the stack's URL",
    ]);
  });

  it("waits for the slower one of two groups", async () => {
    scenario = new Scenario("server", "worker");
    scenario.aws.groups.get("worker").launch("InService"); // three to replace, where the server has two
    scenario.aws.groups.get("worker").desired = 3;
    expect(await scenario.deploy()).toMatchObject({ outcome: "deployed" });
    expect([scenario.running("server"), scenario.running("worker")]).toEqual([
      [NEW, NEW],
      [NEW, NEW, NEW],
    ]);
    expect(scenario.said).toContain("  server: healthy, 100 %, 2 of 2 new in service");
    expect(scenario.said.at(-2)).toBe("  worker: healthy, 100 %, 3 of 3 new in service");
  });

  it("marks the image as healthy, and takes the mark from the one before", async () => {
    scenario = new Scenario("server");
    expect(scenario.healthy()).toEqual([GOOD]);
    await scenario.deploy();
    expect(scenario.healthy()).toEqual([NEW]);
  });

  it("is still one when the mark cannot be written: that is only said", async () => {
    scenario = new Scenario("server");
    scenario.aws.fails("LabelParameterVersion", awsError("AccessDeniedException", "not authorized to label"));
    expect(await scenario.deploy()).toMatchObject({ outcome: "deployed" });
    expect(scenario.said).toContain(`warning: imagery ${NEW} could not be marked as healthy: not authorized to label`);
  });

  it("makes the groups when it is the stack's first one, and waits for their instances", async () => {
    scenario = new Scenario();
    expect(await scenario.deploy()).toMatchObject({ outcome: "deployed", images: { imagery: NEW } });
    expect(scenario.running()).toEqual([NEW, NEW]);
    expect(scenario.said).toContain("  server: 0 %, 0 of 2 new in service (waiting for instances to be healthy)");
    expect(scenario.healthy()).toEqual([NEW]);
  });

  it("with nothing to change only looks at what runs, and asks nobody", async () => {
    scenario = new Scenario("server");
    await scenario.deploy();
    const { writes } = scenario.aws;
    writes.length = 0;
    const confirm = () => Promise.reject(new Error("nobody is to be asked"));
    expect(await scenario.deploy({ confirm })).toMatchObject({ outcome: "deployed" });
    expect(scenario.said).toContain("nothing to change; looking at what runs");
    expect(writes).toEqual([`LabelParameterVersion ${PARAMETER} 2`]);
  });

  it("changes nothing when the one who is asked declines", async () => {
    scenario = new Scenario("server");
    const asked: number[] = [];
    const confirm = ({ changes }: { readonly changes: number }) => Promise.resolve(asked.push(changes) === 0);
    expect(await scenario.deploy({ confirm })).toEqual({ outcome: "declined", images: { imagery: NEW } });
    expect([asked, scenario.running(), scenario.aws.writes]).toEqual([[1], [GOOD, GOOD], []]);
  });

  it("is not marked over another release that was published while it ran", async () => {
    scenario = new Scenario("server");
    scenario.aws.before(
      "DescribeAutoScalingGroups",
      () => {
        scenario.aws.parameters.set(PARAMETER, "ami-0ther");
      },
      {
        skip: 4,
      },
    );
    expect(await scenario.deploy()).toMatchObject({ outcome: "deployed", images: { imagery: NEW } });
    expect([scenario.published(), scenario.healthy()]).toEqual(["ami-0ther", [GOOD]]);
  });
});
