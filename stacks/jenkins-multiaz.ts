import type { Construct } from "constructs";
import { RestoredVolume } from "../modules/restored-volume";
import type { StackProps } from "../modules/stack";
import { HOME, HOME_SIZE, Jenkins } from "./jenkins";

/** A Jenkins that survives its zone and begins anew: empty, or as the last snapshot was where the environment makes some. */
export class JenkinsMultiaz extends Jenkins {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);
    const jenkins = this.group(HOME_SIZE);
    if (this.environment.snapshotEveryHours !== undefined) {
      this.snapshot(new RestoredVolume(this, "home", { size: HOME_SIZE }).mountOn(jenkins, HOME));
    }
    this.open(jenkins);
  }
}
