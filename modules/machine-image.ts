import { DataAwsSsmParameter } from "@cdktf/provider-aws/lib/data-aws-ssm-parameter";
import { DataAwsSsmParametersByPath } from "@cdktf/provider-aws/lib/data-aws-ssm-parameters-by-path";
import { Fn, Token } from "cdktf";
import type { Construct } from "constructs";
import { imageParameterPath } from "./image-parameter";
import { Stack } from "./stack";

/** Processor architecture of an instance type's family. */
export type Architecture = "x86_64" | "arm64";

/**
 * Where the image of a fleet's machines comes from. Its id is resolved at plan time, so that the plan shows which image
 * will run and the launch template holds a plain AMI id to roll back to.
 */
export class MachineImage {
  /** @param imageId the id, looked up by data sources made in the given scope */
  private constructor(readonly imageId: (scope: Construct) => string) {}

  /**
   * The image of an application that the release pipeline has published for the stack's environment. When none was
   * published yet, the plan fails with the commands that do it.
   */
  static released(application: string): MachineImage {
    return new MachineImage((scope) => {
      const { environment } = Stack.of(scope);
      const path = imageParameterPath(environment.name);
      const parameter = `${path}/${application}`;
      // All parameters below the path, because looking up one that is missing ends in a bare "ParameterNotFound".
      const published = new DataAwsSsmParametersByPath(scope, "images", {
        path,
        lifecycle: {
          postcondition: [
            {
              condition: `\${contains(self.names, "${parameter}")}`,
              errorMessage:
                `No image of ${application} is published for ${environment.name} (SSM parameter ${parameter}). ` +
                `Run: npm run release -- bake ${application} && npm run release -- publish ${application} --env ${environment.name}`,
            },
          ],
        },
      });
      return Token.asString(Fn.nonsensitive(Fn.lookup(Fn.zipmap(published.names, published.values), parameter)));
    });
  }

  /**
   * Amazon Linux 2023 as AWS publishes it, for architectures that install at boot
   * (https://docs.aws.amazon.com/linux/al2023/ug/ec2.html).
   */
  static amazonLinux2023(architecture: Architecture = "x86_64"): MachineImage {
    return new MachineImage((scope) => {
      const parameter = new DataAwsSsmParameter(scope, "image", {
        name: `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${architecture}`,
      });
      return Token.asString(Fn.nonsensitive(parameter.value));
    });
  }
}
