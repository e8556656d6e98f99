import { IamInstanceProfile } from "@cdktf/provider-aws/lib/iam-instance-profile";
import { LaunchTemplate as AwsLaunchTemplate } from "@cdktf/provider-aws/lib/launch-template";
import { Fn, type TerraformLocal } from "cdktf";
import { Construct } from "constructs";
import type { MachineImage } from "./machine-image";
import type { Role } from "./role";
import type { SecurityGroup } from "./security-group";
import { Stack, nameOf } from "./stack";
import { INSTANCE_TYPE, isInstanceType, isIntegerBetween, rule, validate } from "./validation";

export interface LaunchTemplateProps {
  readonly image: MachineImage;
  readonly instanceType: string;
  readonly role: Role;
  readonly securityGroup: SecurityGroup;
  /** The user data, made of the scope that is given. */
  readonly bootScript: (scope: Construct) => TerraformLocal;
  /** GiB of the root volume. Default: as large as the image's. */
  readonly diskSize?: number | undefined;
}

/**
 * How a fleet's machines are made: IMDSv2 only, encrypted gp3 root volume, no key pair, and user data that stands readable
 * among the stack's locals.
 */
export class LaunchTemplate extends Construct {
  readonly resource: AwsLaunchTemplate;

  /** @throws Error for something that is no instance type, or a disk that gp3 does not offer */
  constructor(scope: Construct, id: string, props: LaunchTemplateProps) {
    super(scope, id);
    const { image, instanceType, role, securityGroup, diskSize } = props;
    validate(this, [
      rule("instanceType", instanceType, isInstanceType, INSTANCE_TYPE),
      rule("diskSize", diskSize, isIntegerBetween(1, 65_536), "1 to 65536 GiB"),
    ]);
    const name = nameOf(scope);
    const profile = new IamInstanceProfile(this, "instance-profile", {
      namePrefix: `${name}-`,
      role: role.resource.name,
    });
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
        {
          deviceName: "/dev/xvda",
          ebs: { encrypted: "true", volumeType: "gp3", volumeSize: diskSize, deleteOnTermination: "true" },
        },
      ],
      userData: Fn.base64encode(props.bootScript(this).asString),
      // The provider's default tags reach the template only, not what it makes.
      tagSpecifications: ["instance", "volume", "network-interface"].map((resourceType) => ({
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
