import type { Resource, SynthesizedStack } from "../local/terraform/synthesized";
import { addressOf } from "./address";
import { bootFactsOf } from "./boot-facts";
import { PROCESS_START, RECOVERED_REBOOT } from "./figures";
import { disksOf } from "./machine-disks";
import { type Addend, type Finding, type Outcome, comesBack, isGone } from "./model";
import { readUnit } from "./unit";

/** One machine: comes back on another host where an alarm recovers it, and never in another zone. */
export function judgeInstance(stack: SynthesizedStack, instance: Resource, images: string): Finding[] {
  const boot = bootFactsOf(stack, instance);
  const unit = boot.unit === undefined ? undefined : readUnit(images, boot.unit);
  const alarm = recoveryAlarmOf(stack, instance);
  const { disks, findings } = disksOf(stack, instance, boot, unit, alarm !== undefined);
  const { found, finding } = addressOf(stack, instance, instance, boot, false);
  const process: Outcome = unit?.restarts
    ? comesBack("systemd starts it again", [
        { seconds: unit.restartDelay, what: "until systemd starts it", basis: "stack" },
        PROCESS_START,
      ])
    : isGone("nothing starts the process again: its unit does not, or is in no image here");
  return [
    {
      address: instance.address,
      what: `one machine in one zone, ${alarm === undefined ? "without" : "with"} a recovery alarm`,
      outcomes: {
        process,
        machine:
          alarm === undefined
            ? isGone("no alarm on StatusCheckFailed_System recovers the machine when its host fails")
            : comesBack("EC2 moves the machine to another host, with its disks and addresses", [
                alarm,
                RECOVERED_REBOOT,
              ]),
        zone: isGone("an instance stands in one zone, and nothing launches another one"),
      },
      recovery: { by: alarm === undefined ? "nothing" : "recovery alarm", disks, address: found },
    },
    ...findings,
    ...(finding === undefined ? [] : [finding]),
  ];
}

/** How long the alarm that recovers an instance watches first. */
function recoveryAlarmOf(stack: SynthesizedStack, instance: Resource): Addend | undefined {
  const [alarm] = stack
    .ofType("aws_cloudwatch_metric_alarm")
    .filter(
      (one) =>
        one.raw("metric_name") === "StatusCheckFailed_System" &&
        one.raw("actions_enabled") !== false &&
        one.references("alarm_actions").some((action) => action.endsWith(":ec2:recover")) &&
        JSON.stringify(one.raw("dimensions") ?? {}).includes(`\${${instance.address}.id}`),
    );
  if (alarm === undefined) return undefined;
  const [period, periods] = [alarm.number("period"), alarm.number("evaluation_periods")];
  return {
    seconds: period * periods,
    what: `until ${periods} of the alarm's checks, one every ${period} s, have failed`,
    basis: "stack",
  };
}
