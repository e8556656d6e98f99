import { createHash } from "node:crypto";
import { AutoscalingSchedule } from "@cdktf/provider-aws/lib/autoscaling-schedule";
import { Annotations } from "cdktf";
import { Construct } from "constructs";
import type { AutoScalingGroup } from "./auto-scaling-group";
import { isCron } from "./cron";
import { nameOf } from "./stack";
import { isIntegerBetween, rule, validate } from "./validation";

/** What the provider reads as "leave it as it is": without a value it would set 0. */
const UNCHANGED = -1;

export interface ScheduledActionProps {
  /** Once, at this time in UTC, such as `2027-03-01T06:00:00Z`. */
  readonly startTime?: string;
  /** Again and again: minute, hour, day of the month, month, day of the week, such as `0 8 * * MON-FRI`. */
  readonly recurrence?: string;
  /** IANA time zone of the recurrence, such as `Europe/Berlin`; follows its daylight saving time. Default: UTC. */
  readonly timeZone?: string;
  /** New least number of machines. Default: as it is. */
  readonly min?: number;
  /** New greatest number of machines. Default: as it is. */
  readonly max?: number;
  /** Machines to have from then on, until something else scales. Default: as many as there are, within the new bounds. */
  readonly desired?: number;
}

/**
 * Changes a fleet's size at a time, once or again and again.
 * https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-scheduled-scaling.html
 */
export class ScheduledAction extends Construct {
  /** Absent once its only time has passed: AWS has removed the action, and would refuse to make it again. */
  readonly resource: AutoscalingSchedule | undefined;

  /** @throws Error for a time, a cron expression or a time zone that is none, or sizes that contradict each other */
  constructor(fleet: AutoScalingGroup, id: string, props: ScheduledActionProps) {
    super(fleet, id);
    const { startTime, recurrence, timeZone, min, max, desired } = props;
    const least = min ?? fleet.capacity.min;
    const most = max ?? fleet.capacity.max;
    const given = (...values: unknown[]) => values.filter((value) => value !== undefined).length;
    validate(this, [
      rule("startTime, recurrence", given(startTime, recurrence), (count) => count === 1, "exactly one of the two"),
      rule("min, max, desired", given(min, max, desired), (count) => count > 0, "at least one of the three"),
      rule("startTime", startTime, isUtcTime, "a time in UTC such as 2027-03-01T06:00:00Z"),
      rule("recurrence", recurrence, isCron, "five fields such as 0 8 * * MON-FRI"),
      rule("timeZone", timeZone, isTimeZone, "an IANA time zone such as Europe/Berlin"),
      rule("timeZone", timeZone, () => recurrence !== undefined, "only with recurrence: startTime is in UTC"),
      rule("max", max, isIntegerBetween(0, 1000), "0 to 1000"),
      rule("min", min, isIntegerBetween(0, most), `0 to max (${most})`),
      rule("desired", desired, isIntegerBetween(least, most), `min to max (${least} to ${most})`),
    ]);
    if (startTime !== undefined && Date.parse(startTime) <= Date.now()) {
      Annotations.of(this).addWarning(`${startTime} has passed: this action is left out and can be removed`);
      return;
    }
    this.resource = new AutoscalingSchedule(this, "action", {
      scheduledActionName: `${nameOf(this)}${recurrence === undefined ? "" : `-${digest(`${recurrence} ${timeZone}`)}`}`,
      autoscalingGroupName: fleet.resource.name,
      startTime,
      recurrence,
      timeZone: recurrence === undefined ? undefined : (timeZone ?? "Etc/UTC"),
      minSize: min ?? UNCHANGED,
      maxSize: max ?? UNCHANGED,
      desiredCapacity: desired ?? UNCHANGED,
    });
    if (min !== undefined) fleet.ignoreChangesOf("min_size");
    if (max !== undefined) fleet.ignoreChangesOf("max_size");
  }
}

/**
 * Makes a changed recurrence a new action: changed in place, the provider keeps the next start of the old one
 * (hashicorp/terraform-provider-aws#38983).
 */
function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

function isUtcTime(text: string): boolean {
  const time = /^\d{4}(-\d\d){2}T(\d\d:){2}\d\dZ$/.test(text) ? new Date(text) : new Date(NaN);
  // What JavaScript reads as another day, such as 30 February, is no time.
  return !Number.isNaN(time.getTime()) && time.toISOString() === text.replace("Z", ".000Z");
}

function isTimeZone(text: string): boolean {
  if (!/^[A-Z]\w*(\/[A-Z][\w+-]*)+$/.test(text)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: text });
    return true;
  } catch {
    return false;
  }
}
