import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  markHealthy,
  publications,
  publishedImages,
  putImage,
  toHistory,
} from "../../../../tools/release/aws/parameters";
import { awsError } from "../support/answers";
import { ScriptedAws } from "../support/scripted-aws";

const NAME = "/steadfast/dev/images/imagery";

let aws: ScriptedAws;

beforeEach(() => {
  aws = new ScriptedAws();
  for (const image of ["ami-1", "ami-2", "ami-3"]) aws.images.add(image);
});

afterEach(() => {
  aws.restore();
});

/** Writes the parameter, looking at it again without a pause. */
function put(image: string, description = "why"): Promise<void> {
  return putImage(aws.clients.ssm, { name: NAME, image, description }, 1);
}

describe("an image parameter that is written", () => {
  it("is read back until SSM has accepted the image, however long that takes", async () => {
    aws.parameters.set(NAME, "ami-1");
    aws.parameters.looksUntilAccepted = 5;
    await put("ami-2");
    expect(aws.parameters.value(NAME)).toBe("ami-2");
    expect(aws.calls("GetParameter")).toBe(5);
  });

  it("may be new", async () => {
    aws.parameters.looksUntilAccepted = 3;
    await put("ami-1");
    expect(aws.parameters.value(NAME)).toBe("ami-1");
  });

  it("is given up when SSM never accepts the image, and says what may be wrong with it", async () => {
    aws.parameters.set(NAME, "ami-1");
    await expect(put("ami-9")).rejects.toMatchObject({
      name: "FailedError",
      message: `SSM has not accepted ami-9 as the value of ${NAME}: is it an image of this region and account?`,
    });
    expect(aws.parameters.value(NAME)).toBe("ami-1");
  });

  it("is not taken for written when somebody else writes it at the same time", async () => {
    aws.before("GetParameter", () => {
      aws.parameters.set(NAME, "ami-3");
    });
    await expect(put("ami-2")).rejects.toThrow(`${NAME} was changed to ami-3 by somebody else at the same time`);
  });

  it("has a description of no more than SSM takes", async () => {
    await put("ami-1", "x".repeat(2000));
    expect(aws.parameters.descriptions(NAME)).toEqual(["x".repeat(1024)]);
  });

  it("passes on what else AWS says", async () => {
    aws.fails("GetParameter", awsError("AccessDeniedException", "not authorized to read"));
    await expect(put("ami-1")).rejects.toThrow("not authorized to read");
  });
});

describe("an image that was seen healthy", () => {
  it("gets the label, which leaves the version before", async () => {
    aws.parameters.set(NAME, "ami-1", "ami-2");
    aws.parameters.label(NAME, 1, "healthy");
    await markHealthy(aws.clients.ssm, NAME, "ami-2");
    expect(aws.parameters.labelled(NAME, "healthy")).toEqual(["ami-2"]);
  });

  it.each([
    ["another image was published meanwhile", "ami-1"],
    ["the parameter was deleted", undefined],
  ])("is not marked when %s", async (_, value) => {
    if (value !== undefined) aws.parameters.set(NAME, value);
    await markHealthy(aws.clients.ssm, NAME, "ami-2");
    expect(aws.writes).toEqual([]);
  });
});

describe("the publications of an application", () => {
  it("are all that SSM has kept, page by page, the newest first", async () => {
    aws.parameters.set(NAME, "ami-1", "ami-2", "ami-1", "ami-3", "ami-2");
    aws.parameters.label(NAME, 3, "healthy");
    const found = await publications(aws.clients.ssm, "dev", "imagery");
    expect(found.map(({ number, image, healthy }) => [number, image, healthy])).toEqual([
      [5, "ami-2", false],
      [4, "ami-3", false],
      [3, "ami-1", true],
      [2, "ami-2", false],
      [1, "ami-1", false],
    ]);
    expect(toHistory(found)).toEqual({
      published: "ami-2",
      images: ["ami-2", "ami-3", "ami-1", "ami-2", "ami-1"],
      healthy: "ami-1",
    });
  });

  it("are refused when there was never one, with the commands that publish one", async () => {
    await expect(publications(aws.clients.ssm, "prod", "imagery")).rejects.toMatchObject({
      name: "RefusedError",
      message:
        "no image of imagery was ever published for prod (there is no SSM parameter /steadfast/prod/images/imagery). " +
        "Run: npm run release -- bake imagery && npm run release -- publish imagery --env prod",
    });
  });

  it("are an error when AWS does not show them", async () => {
    aws.fails("GetParameterHistory", awsError("AccessDeniedException", "not authorized"));
    await expect(publications(aws.clients.ssm, "dev", "imagery")).rejects.toThrow("not authorized");
  });
});

describe("what is published for an environment", () => {
  it("are its applications and their images, and none of another environment", async () => {
    for (const [index, name] of ["imagery", "url2png", "third"].entries()) {
      aws.parameters.set(`/steadfast/dev/images/${name}`, `ami-${index}`);
    }
    aws.parameters.set("/steadfast/prod/images/imagery", "ami-9");
    expect(await publishedImages(aws.clients.ssm, "dev")).toEqual(
      new Map([
        ["imagery", "ami-0"],
        ["url2png", "ami-1"],
        ["third", "ami-2"],
      ]),
    );
  });
});
