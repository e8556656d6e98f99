import { describe, expect, it } from "@jest/globals";
import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { TerraformStack, Testing } from "cdktf";
import { Stack, nameOf } from "../../modules/stack";
import { stackOf, synthesize } from "../support/synthesized";

describe("Stack", () => {
  it("puts its tags on every resource", () => {
    const { json } = synthesize(() => undefined);
    expect(json.provider.aws[0]).toMatchObject({
      region: "eu-west-1",
      default_tags: [{ tags: { Project: "steadfast", Environment: "test", Stack: "example", ManagedBy: "cdktf" } }],
    });
  });

  it("keeps its state in a local file of its environment as long as no bucket is named", () => {
    const { backend } = synthesize(() => undefined).json.terraform;
    expect(backend.local?.path).toMatch(/terraform\.example\.test\.tfstate$/);
  });

  it("keeps its state in the bucket that the environment names, locked by S3 itself", () => {
    const { backend } = synthesize(() => undefined, { stateBucket: "the-state" }).json.terraform;
    expect(backend).toEqual({
      s3: { bucket: "the-state", key: "test/example.tfstate", region: "eu-west-1", encrypt: true, use_lockfile: true },
    });
  });

  it("names resources after stack, environment and construct", () => {
    stackOf((stack) => {
      expect(nameOf(new S3Bucket(stack, "thing"))).toBe("example-test-thing");
    });
  });

  it("refuses modules inside any other stack, naming both", () => {
    const other = new TerraformStack(Testing.app(), "other");
    expect(() => Stack.of(new S3Bucket(other, "thing"))).toThrow(
      /other\/thing: must be inside a Stack .* is inside other/,
    );
  });
});
