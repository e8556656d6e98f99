import { IamInstanceProfile } from "@cdktf/provider-aws/lib/iam-instance-profile";
import { LaunchTemplate as AwsLaunchTemplate } from "@cdktf/provider-aws/lib/launch-template";
import { Fn, TerraformLocal } from "cdktf";
import { Construct } from "constructs";
import { renderBootScript, type BootScript } from "./boot-script";
import type { MachineImage } from "./machine-image";
import type { Role } from "./role";
import type { SecurityGroup } from "./security-group";
import { Stack, nameOf } from "./stack";
import { rule, validate } from "./validation";

/** Bytes of user data that EC2 takes (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html). */
const MAX_USER_DATA = 16_384;

export interface LaunchTemplateProps {
  readonly image: MachineImage;
  readonly instanceType: string;
  readonly role: Role;
  readonly securityGroup: SecurityGroup;
  readonly bootScript: BootScript;
}

/**
 * How a fleet's machines are made: IMDSv2 only, encrypted gp3 root volume, no key pair, and user data that stands readable
 * among the stack's locals.
 */
export class LaunchTemplate extends Construct {
  readonly resource: AwsLaunchTemplate;

  /** @throws Error for something that is no instance type, or user data that is too long */
  constructor(scope: Construct, id: string, props: LaunchTemplateProps) {
    super(scope, id);
    const { image, instanceType, role, securityGroup } = props;
    const script = renderBootScript(props.bootScript);
    validate(this, [
      rule(
        "instanceType",
        instanceType,
        (type) => /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/.test(type),
        "an EC2 instance type such as t3.micro",
      ),
      rule("bootScript", script.length, (length) => length <= MAX_USER_DATA, `at most ${MAX_USER_DATA} characters`),
    ]);
    const name = nameOf(scope);
    const profile = new IamInstanceProfile(this, "instance-profile", {
      namePrefix: `${name}-`,
      role: role.resource.name,
    });
    const bootScript = new TerraformLocal(this, "boot-script", script);
    const { tags } = Stack.of(this);
    this.resource = new AwsLaunchTemplate(this, "template", {
      namePrefix: `${name}-`,
      description: `Machines of ${name}`,
      updateDefaultVersion: true,
      imageId: image.imageId(this),
      instanceType,
      iamInstanceProfile: { name: profile.name },
      vpcSecurityGroupIds: [securityGroup.resource.id],
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      blockDeviceMappings: [
        { deviceName: "/dev/xvda", ebs: { encrypted: "true", volumeType: "gp3", deleteOnTermination: "true" } },
      ],
      userData: Fn.base64encode(bootScript.asString),
      // The provider's default tags reach the template only, not what it makes.
      tagSpecifications: ["instance", "volume"].map((resourceType) => ({
        resourceType,
        tags: { ...tags, Name: name },
      })),
      lifecycle: { createBeforeDestroy: true },
    });
  }

  /** CPU and network once a minute instead of every five (billed), for fleets that scale on them. */
  monitorInDetail(): void {
    this.resource.putMonitoring({ enabled: true });
  }
}
