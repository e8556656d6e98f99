import type { ITerraformDependable } from "cdktf";
import type { IConstruct } from "constructs";
import type { BootPart } from "./boot-script";
import type { Grantee } from "./role";
import type { SecurityGroup } from "./security-group";

/** What a fleet and a single machine have in common, for what machines use: file systems, volumes, secrets, addresses. */
export interface Machines extends Grantee, IConstruct {
  readonly securityGroup: SecurityGroup;
  /** Every machine carries it as its tag `Name`. */
  readonly machineName: string;
  /** Adds a part to what they do at their first boot. */
  atBoot(part: BootPart): void;
  /** Has them start only when these are there. */
  startAfter(...dependencies: readonly ITerraformDependable[]): void;
}
