import { type Addend, type Finding, LOSSES, type Outcome, secondsOf } from "./model";
import type { LossSummary, RecoveryRow, ResilienceReport } from "./report";

/** Stands where there is nothing to say: what does not come back has no recovery time. */
const NOTHING = "-";

/** A recovery time to the minute: none of its parts is known better. */
export function about(seconds: number | undefined): string {
  if (seconds === undefined) return NOTHING;
  if (seconds === 0) return "none";
  return seconds < 60 ? `about ${Math.ceil(seconds)} s` : `about ${Math.round(seconds / 60)} min`;
}

/** How a recovery time comes about: "about 10 min = 60 s EC2's status check fails (AWS) + …" */
export function sumOf(recoveryTime: readonly Addend[]): string {
  const addends = recoveryTime.map(
    ({ seconds, what, basis }) => `${seconds} s ${what}${basis === "stack" ? "" : ` (${basis})`}`,
  );
  return `${about(secondsOf(recoveryTime))} = ${addends.join(" + ")}`;
}

/** What happens in each case, once for those in which it is the same: "machine and zone: …" */
export function sentencesOf({ outcomes }: Finding): string[] {
  const said = LOSSES.map((loss) => ({ loss, text: sentence(outcomes[loss]) }));
  return [...new Set(said.map(({ text }) => text))].map(
    (text) =>
      `${said
        .filter((one) => one.text === text)
        .map(({ loss }) => loss)
        .join(" and ")}: ${text}`,
  );
}

/** What happens, and how long it takes. */
function sentence({ how, recoveryTime }: Outcome): string {
  return recoveryTime.length === 0 ? how : `${how}: ${sumOf(recoveryTime)}`;
}

export const LOSS_HEADINGS = ["loss of a", "survived", "RTO", "RPO"];

export function lossCells(loss: string, { survives, recoverySeconds, dataLoss }: LossSummary): string[] {
  return [loss, survives ? "yes" : "no", about(recoverySeconds), dataLoss?.text ?? NOTHING];
}

export const RECOVERY_HEADINGS = ["stack", "machines", "how it recovers", "RTO", "RPO", "survives", "address"];

export function recoveryCells({ stack, recovery }: ResilienceReport): string[][] {
  return recovery.map((row: RecoveryRow) => [
    stack,
    row.machines,
    row.recoversBy,
    about(row.recoverySeconds),
    row.dataLoss?.text ?? NOTHING,
    row.survives.join(", ") || "nothing",
    row.address,
  ]);
}

/** What the basis of a figure means, for the foot of a report. */
export const BASES =
  "RTO is the time until it works again, RPO how much of what was written may be gone. " +
  "Figures are the stack's own, AWS's (AWS), or nobody's promise (assumed); their sources are in tools/resilience/figures.ts.";
