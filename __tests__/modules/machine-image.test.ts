import { describe, expect, it } from "@jest/globals";
import { MachineImage } from "../../modules/machine-image";
import { system } from "../support/fleet";
import { synthesize } from "../support/synthesized";

describe("MachineImage", () => {
  const stackWith = (image: MachineImage) =>
    synthesize((stack) => {
      system(stack, { image });
    });

  it("released: the id that the pipeline has published for the environment, or a plan that fails with the commands to run", () => {
    const stack = stackWith(MachineImage.released("shop"));
    const [published] = Object.values(stack.json.data.aws_ssm_parameters_by_path ?? {});
    expect(published).toMatchObject({ path: "/steadfast/test/images" });
    const { postcondition } = published?.lifecycle as { postcondition: { condition: string; error_message: string }[] };
    expect(postcondition[0]?.condition).toBe('${contains(self.names, "/steadfast/test/images/shop")}');
    expect(postcondition[0]?.error_message).toMatch(
      /No image of shop is published for test .* npm run release -- bake shop/,
    );
    expect(stack.one("aws_launch_template").image_id).toMatch(
      /^\$\{nonsensitive\(zipmap\(.*\)\["\/steadfast\/test\/images\/shop"\]\)\}$/,
    );
  });

  it("Amazon Linux 2023: AWS's public parameter for the architecture", () => {
    const stack = stackWith(MachineImage.amazonLinux2023("arm64"));
    expect(Object.values(stack.json.data.aws_ssm_parameter ?? {})).toMatchObject([
      { name: "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64" },
    ]);
  });
});
