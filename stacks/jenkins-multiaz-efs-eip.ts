import type { Construct } from "constructs";
import { ElasticIp } from "../modules/elastic-ip";
import { FileSystem } from "../modules/file-system";
import type { StackProps } from "../modules/stack";
import { HOME, Jenkins } from "./jenkins";

/** A Jenkins that survives its zone with everything that it keeps, and with its address. */
export class JenkinsMultiazEfsEip extends Jenkins {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);
    const jenkins = this.group();
    new FileSystem(this, "home", { vpc: this.vpc, alarms: this.alarms }).mountOn(jenkins, HOME);
    const address = new ElasticIp(this, "address").claimedBy(jenkins);
    this.open(jenkins, address.publicIp);
  }
}
