import type { Construct } from "constructs";
import { ElasticIp } from "../modules/elastic-ip";
import { Instance } from "../modules/instance";
import type { StackProps } from "../modules/stack";
import { Volume } from "../modules/volume";
import { HOME, HOME_SIZE, Jenkins } from "./jenkins";

/** A Jenkins that survives its host: the same machine goes on elsewhere, with its disk and its address. Not its zone. */
export class JenkinsRecovery extends Jenkins {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);
    const jenkins = new Instance(this, "jenkins", { ...this.machine, alarms: this.alarms });
    this.snapshot(new Volume(this, "home", { size: HOME_SIZE }).mountOn(jenkins, HOME));
    const address = new ElasticIp(this, "address").attachTo(jenkins);
    this.open(jenkins, address.publicIp);
  }
}
