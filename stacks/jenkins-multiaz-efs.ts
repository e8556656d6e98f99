import type { Construct } from "constructs";
import { FileSystem } from "../modules/file-system";
import type { StackProps } from "../modules/stack";
import { HOME, Jenkins } from "./jenkins";

/** A Jenkins that survives its zone with everything that it keeps, at a new address. */
export class JenkinsMultiazEfs extends Jenkins {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);
    const jenkins = this.group();
    new FileSystem(this, "home", { vpc: this.vpc, alarms: this.alarms }).mountOn(jenkins, HOME);
    this.open(jenkins);
  }
}
