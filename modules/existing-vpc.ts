import { DataAwsSubnets } from "@cdktf/provider-aws/lib/data-aws-subnets";
import { DataAwsVpc } from "@cdktf/provider-aws/lib/data-aws-vpc";
import { Construct } from "constructs";
import type { Environment } from "../environments/environment";
import { rule, validate } from "./validation";
import type { IVpc } from "./vpc";

type Tags = Readonly<Record<string, string>>;

export interface ExistingVpcProps {
  /** Tags that single out the VPC, such as `{ Name: "shared" }`. */
  readonly tags: Tags;
  /** Tags of its public subnets, such as `{ Tier: "public" }`. */
  readonly publicSubnetTags: Tags;
  /** Tags of its private subnets, such as `{ Tier: "private" }`. */
  readonly privateSubnetTags: Tags;
  /** How instances in this VPC leave it; decides in which subnets they stand. */
  readonly egress: Environment["egress"];
}

/** A VPC that is there already, looked up by tags at plan time. The plan fails when either tier has no subnet in it. */
export class ExistingVpc extends Construct implements IVpc {
  readonly data: DataAwsVpc;
  readonly publicSubnets: DataAwsSubnets;
  readonly privateSubnets: DataAwsSubnets;
  /** Its owner has made the routes. */
  readonly internetRoutes = [];
  readonly #egress: ExistingVpcProps["egress"];

  /** @throws Error for an empty set of tags, which would match anything */
  constructor(scope: Construct, id: string, props: ExistingVpcProps) {
    super(scope, id);
    const notEmpty = (tags: Tags) => Object.keys(tags).length > 0;
    validate(this, [
      rule("tags", props.tags, notEmpty, "at least one tag"),
      rule("publicSubnetTags", props.publicSubnetTags, notEmpty, "at least one tag"),
      rule("privateSubnetTags", props.privateSubnetTags, notEmpty, "at least one tag"),
    ]);
    this.#egress = props.egress;
    this.data = new DataAwsVpc(this, "vpc", { tags: { ...props.tags } });
    this.publicSubnets = this.#subnets("public", props.publicSubnetTags);
    this.privateSubnets = this.#subnets("private", props.privateSubnetTags);
  }

  get vpcId(): string {
    return this.data.id;
  }

  get cidr(): string {
    return this.data.cidrBlock;
  }

  get publicSubnetIds(): string[] {
    return this.publicSubnets.ids;
  }

  get privateSubnetIds(): string[] {
    return this.privateSubnets.ids;
  }

  get instanceSubnetIds(): string[] {
    return this.#egress === "public-ip" ? this.publicSubnetIds : this.privateSubnetIds;
  }

  #subnets(tier: string, tags: Tags): DataAwsSubnets {
    return new DataAwsSubnets(this, `${tier}-subnets`, {
      filter: [{ name: "vpc-id", values: [this.data.id] }],
      tags: { ...tags },
      lifecycle: {
        postcondition: [
          {
            condition: "${length(self.ids) > 0}",
            errorMessage: `${this.node.path}: the VPC has no subnet with the tags ${JSON.stringify(tags)} (${tier}SubnetTags)`,
          },
        ],
      },
    });
  }
}
