import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { ringing } from "../../../../tools/release/aws/alarms";
import { ScriptedAws } from "../support/scripted-aws";

let aws: ScriptedAws;

beforeEach(() => {
  aws = new ScriptedAws();
});

afterEach(() => {
  aws.restore();
});

describe("the alarms of a stack", () => {
  it("that ring are found among more than CloudWatch takes in one question", async () => {
    const names = Array.from({ length: 201 }, (_, index) => `alarm-${index}`);
    for (const name of ["alarm-0", "alarm-99", "alarm-100", "alarm-200", "of-another-stack"]) aws.ringing.add(name);
    expect(await ringing(aws.clients.cloudWatch, names)).toEqual(["alarm-0", "alarm-99", "alarm-100", "alarm-200"]);
    expect(aws.calls("DescribeAlarms")).toBe(3);
  });

  it("are none for a stack without alarms: CloudWatch is not asked, it would show all of the account", async () => {
    aws.ringing.add("of-another-stack");
    expect(await ringing(aws.clients.cloudWatch, [])).toEqual([]);
    expect(aws.calls("DescribeAlarms")).toBe(0);
  });
});
