import type { Construct } from "constructs";
import type { StackProps } from "../modules/stack";
import { Wordpress } from "./wordpress";

/** Machines while many come, and while few do. Both bounds move: CPU alone would shrink a fleet that waits for its users. */
const BUSY = { min: 4, desired: 4 };
const QUIET = { min: 2, desired: 2 };

/** A WordPress that is as large as needed before its users come. */
export class WordpressSchedule extends Wordpress {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);
    const { scaleOutAt: startTime } = props.environment;
    if (startTime !== undefined) this.server.scaleOnSchedule("once", { startTime, ...BUSY });
    this.server.scaleOnSchedule("morning", { recurrence: "0 8 * * *", ...BUSY });
    this.server.scaleOnSchedule("evening", { recurrence: "0 20 * * *", ...QUIET });
  }
}
