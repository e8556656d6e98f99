import type { Synthesized } from "../../support/synthesized";

/** Policies of every fleet's machines. */
const OF_EVERY_MACHINE = ["session-manager", "lifecycle-hook", "logs"];

/** What a fleet may do beyond what every machine may, as "action resource". */
export function grantsOf(stack: Synthesized, fleet: string): string[] {
  return Object.entries(stack.policiesOf(fleet))
    .flatMap(([name, statements]) => (OF_EVERY_MACHINE.includes(name) ? [] : statements))
    .flatMap(({ Action, Resource }) =>
      Action.flatMap((action) => Resource.map((arn) => `${action} ${arn.replace(/_[0-9A-F]{8}\./, ".")}`)),
    )
    .sort();
}
