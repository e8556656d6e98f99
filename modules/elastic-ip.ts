import { Eip } from "@cdktf/provider-aws/lib/eip";
import { EipAssociation } from "@cdktf/provider-aws/lib/eip-association";
import { Construct } from "constructs";
import type { Instance } from "./instance";
import type { Machines } from "./machines";
import { Stack, nameOf } from "./stack";

/** A public address that stays the same while machines come and go. Each is used once. */
export class ElasticIp extends Construct {
  readonly resource: Eip;
  #user: string | undefined;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.resource = new Eip(this, "address", { domain: "vpc", tags: { Name: nameOf(this) } });
  }

  get publicIp(): string {
    return this.resource.publicIp;
  }

  /**
   * Gives it to one machine for as long as that exists; a machine that is recovered keeps it.
   * @throws Error when it is in use already
   */
  attachTo(instance: Instance): this {
    this.#use(instance);
    new EipAssociation(this, "association", {
      allocationId: this.resource.id,
      instanceId: instance.resource.id,
      // What was changed by hand is put right again, instead of an error.
      allowReassociation: true,
    });
    return this;
  }

  /**
   * Has each machine of a fleet take it at its boot, once its service answers, from the one before. The boot fails when the
   * machine does not have it in time: somebody else keeps it. For fleets of one.
   * @throws Error when it is in use already
   */
  claimedBy(machines: Machines): this {
    this.#use(machines);
    const stack = Stack.of(this);
    // Which resources AWS checks: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
    machines.role.allow(
      this.node.id,
      {
        actions: ["ec2:AssociateAddress"],
        resources: [stack.arn("ec2", `elastic-ip/${this.resource.id}`)],
      },
      {
        actions: ["ec2:AssociateAddress"],
        resources: [stack.arn("ec2", "instance/*"), stack.arn("ec2", "network-interface/*")],
        conditions: { StringEquals: { "aws:ResourceTag/Name": machines.machineName } },
      },
    );
    machines.atBoot({
      title: "Take the public address from the machine that had it.",
      finish: claimScript(this.resource.id, this.publicIp),
    });
    return this;
  }

  #use(user: Construct | Machines): void {
    const { path } = user.node;
    if (this.#user !== undefined) {
      throw new Error(`${this.node.path}: cannot be used by ${path}, it is used by ${this.#user} already`);
    }
    this.#user = path;
  }
}

/**
 * Reassociation, because the machine that has the address may stand in a zone that is down, and never lets go of it. The answer
 * to the call may be lost, as the machine changes its address by it: hence the limit on each try. It is not called again once
 * it has succeeded, so that two machines do not take the address from each other for ever.
 */
function claimScript(allocationId: string, address: string): string {
  return `
within_time "${allocationId} associated with this machine" \\
  timeout 30 aws ec2 associate-address --region "$REGION" --allocation-id ${allocationId} \\
  --instance-id "$INSTANCE_ID" --allow-reassociation --query AssociationId --output text
has_address() {
  [[ $(metadata public-ipv4) == "${address}" ]]
}
within_time "address ${address} is this machine's and not taken by another" has_address`;
}
