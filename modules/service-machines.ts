import type { VpcSecurityGroupEgressRule } from "@cdktf/provider-aws/lib/vpc-security-group-egress-rule";
import { Lazy, TerraformLocal, dependable, type ITerraformDependable, type TerraformResource } from "cdktf";
import { Construct } from "constructs";
import { renderBootScript, type BootPart } from "./boot-script";
import { LogGroup } from "./log-group";
import type { Machines } from "./machines";
import { Role } from "./role";
import { SecurityGroup, type Outbound } from "./security-group";
import { serviceRules, type Service } from "./service";
import { Stack, nameOf } from "./stack";
import { rule, validate, type Rule } from "./validation";
import type { IVpc } from "./vpc";

/** Bytes of user data that EC2 takes (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html). */
const MAX_USER_DATA = 16_384;

export interface ServiceMachinesProps {
  readonly vpc: IVpc;
  readonly service: Service;
  /** What its machines may connect to. Default: `https`, without which no machine can boot. */
  readonly outbound?: readonly Outbound[];
}

/**
 * Machines that run one service: their role, security group and log, and the boot script, to which others add until the stack
 * is synthesized.
 */
export abstract class ServiceMachines extends Construct implements Machines {
  abstract readonly resource: TerraformResource;
  readonly role: Role;
  readonly securityGroup: SecurityGroup;
  /** Where baked images ship the service's log; absent for machines that install at boot. */
  readonly logGroup: LogGroup | undefined;
  readonly service: Service;
  readonly machineName: string;
  protected readonly waysOut: readonly VpcSecurityGroupEgressRule[];
  readonly #parts: BootPart[] = [];

  /**
   * @param longestBoot seconds that `service.bootTimeout` may be at most
   * @param rules further ones, so that all that is wrong is said at once
   * @throws Error for a broken rule
   */
  protected constructor(
    scope: Construct,
    id: string,
    { vpc, service, outbound = ["https"] }: ServiceMachinesProps,
    longestBoot: number,
    rules: readonly Rule<unknown>[],
  ) {
    super(scope, id);
    validate(this, [
      ...rules,
      rule("outbound", outbound, (list) => list.includes("https"), "https among them"),
      ...serviceRules(service, longestBoot),
    ]);
    this.service = service;
    this.machineName = nameOf(this);
    const description = `Machines of ${this.machineName}`;
    this.role = new Role(this, "role", { service: "ec2.amazonaws.com", description });
    this.role.allowSessionManager();
    this.logGroup = service.install === undefined ? new LogGroup(this, "logs") : undefined;
    this.logGroup?.grant(this, ["logs:CreateLogStream", "logs:PutLogEvents"]);
    this.securityGroup = new SecurityGroup(this, "security-group", { vpc, description });
    this.waysOut = this.securityGroup.allowOut(outbound, vpc);
  }

  /** Adds a part to what its machines do at their first boot. */
  atBoot(part: BootPart): void {
    this.#parts.push(part);
  }

  /** Has its machines start only when these are there. */
  startAfter(...dependencies: readonly ITerraformDependable[]): void {
    this.resource.dependsOn = [...(this.resource.dependsOn ?? []), ...dependencies.map((one) => dependable(one))];
  }

  /**
   * Lets these networks connect to the service's port: those of the people who work with a service that has no load balancer.
   * @throws Error for what is no IPv4 block, or is the whole internet
   */
  openTo(networks: readonly string[]): void {
    for (const network of networks) this.securityGroup.allowFromNetwork(network, this.service.port);
  }

  /**
   * The user data, as a local that stands readable in the plan.
   * @param hook of the Auto Scaling group that waits for the boot
   */
  protected bootScript(scope: Construct, hook?: string): TerraformLocal {
    return new TerraformLocal(scope, "boot-script", Lazy.stringValue({ produce: () => this.#renderBootScript(hook) }));
  }

  /** @throws Error when it has become longer than EC2 takes */
  #renderBootScript(hook: string | undefined): string {
    const { unit, port, healthPath = "/health", environment = {}, bootTimeout = 300, install } = this.service;
    const script = renderBootScript({
      unit,
      port,
      healthPath,
      environment,
      timeout: bootTimeout,
      region: Stack.of(this).region,
      logGroup: this.logGroup?.resource.name,
      name: this.machineName,
      hook,
      parts: this.#parts,
      install,
    });
    validate(this, [
      rule("boot script", script.length, (length) => length <= MAX_USER_DATA, `at most ${MAX_USER_DATA} characters`),
    ]);
    return script;
  }
}
