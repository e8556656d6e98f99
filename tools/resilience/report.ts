import type { SynthesizedStack } from "../local/terraform/synthesized";
import {
  type DataLoss,
  type Finding,
  LOSSES,
  type Loss,
  NONE_LOST,
  type Outcome,
  type Recovery,
  secondsOf,
} from "./model";
import { RULES, isSetting } from "./rules";

/** What becomes of all of a stack when something is lost. */
export interface LossSummary {
  readonly survives: boolean;
  /** Seconds until all of it works again, the longest of its parts; undefined when it does not by itself */
  readonly recoverySeconds: number | undefined;
  readonly dataLoss: DataLoss | undefined;
}

/** Machines as a line of the recovery table: the loss of a machine, or of a zone where that is survived. */
export interface RecoveryRow {
  /** The id that the stack gives them, "jenkins" */
  readonly machines: string;
  /** "group, EFS" */
  readonly recoversBy: string;
  readonly recoverySeconds: number | undefined;
  readonly dataLoss: DataLoss | undefined;
  /** Whose loss the machines survive; data may be gone all the same, see `dataLoss` */
  readonly survives: readonly Loss[];
  readonly address: Recovery["address"];
}

/** Something that is lost for good, or until a person does something. */
export interface NotSurvived {
  readonly losses: readonly Loss[];
  readonly what: string;
  readonly address: string;
}

/** What a stack survives, and how. */
export interface ResilienceReport {
  readonly stack: string;
  readonly environment: string;
  readonly losses: Readonly<Record<Loss, LossSummary>>;
  readonly recovery: readonly RecoveryRow[];
  readonly findings: readonly Finding[];
  readonly notSurvived: readonly NotSurvived[];
  /** Resources of types that no rule knows */
  readonly notJudged: readonly string[];
}

/**
 * Judges each resource of a synthesized stack by the rule for its type.
 * @param images folder that holds a folder of systemd units for each image
 */
export function resilienceOf(stack: SynthesizedStack, environment: string, images: string): ResilienceReport {
  const findings = stack.resources.flatMap((resource) => RULES[resource.type]?.(stack, resource, images) ?? []);
  const notJudged = stack.resources.filter((resource) => RULES[resource.type] === undefined && !isSetting(resource));
  return {
    stack: stack.name,
    environment,
    losses: {
      process: summarize(findings.map(({ outcomes }) => outcomes.process)),
      machine: summarize(findings.map(({ outcomes }) => outcomes.machine)),
      zone: summarize(findings.map(({ outcomes }) => outcomes.zone)),
    },
    recovery: findings.flatMap((finding) =>
      finding.recovery === undefined ? [] : [recoveryRow(stack, finding, finding.recovery, findings)],
    ),
    findings,
    notSurvived: findings.flatMap(notSurvived),
    notJudged: notJudged.map(({ address }) => address),
  };
}

function summarize(outcomes: readonly Outcome[]): LossSummary {
  if (outcomes.some(({ survives }) => !survives)) {
    return { survives: false, recoverySeconds: undefined, dataLoss: undefined };
  }
  return {
    survives: true,
    recoverySeconds: Math.max(0, ...outcomes.map(({ recoveryTime }) => secondsOf(recoveryTime))),
    dataLoss: worst(outcomes.map(({ dataLoss }) => dataLoss)),
  };
}

function worst(losses: readonly DataLoss[]): DataLoss {
  return losses.reduce((most, loss) => (loss.hours > most.hours ? loss : most), NONE_LOST);
}

/** A machine and what it keeps its data on are judged together. */
function recoveryRow(
  stack: SynthesizedStack,
  machines: Finding,
  { by, disks, address }: Recovery,
  findings: readonly Finding[],
): RecoveryRow {
  const addresses = [machines.address, ...disks.map((disk) => disk.address)];
  const parts = findings.filter((finding) => addresses.includes(finding.address));
  const perLoss = LOSSES.map((loss) => ({ loss, summary: summarize(parts.map(({ outcomes }) => outcomes[loss])) }));
  const survived = perLoss.filter(({ summary }) => summary.survives);
  const replaced = survived.find(({ loss }) => loss === "machine")?.summary;
  const labels = [...new Set(disks.map(({ label }) => label))];
  return {
    machines: stack.resources.find((resource) => resource.address === machines.address)?.id ?? machines.address,
    recoversBy: [by, ...(labels.length === 0 ? ["keeps nothing"] : labels)].join(", "),
    recoverySeconds: replaced?.recoverySeconds,
    dataLoss: replaced?.dataLoss,
    survives: survived.map(({ loss }) => loss),
    address,
  };
}

/** What a resource loses, once for all the losses of which it is true. */
function notSurvived({ address, outcomes }: Finding): NotSurvived[] {
  const lost = LOSSES.flatMap((loss) => {
    const what = outcomes[loss].loses;
    return what === undefined ? [] : [{ loss, what }];
  });
  return [...new Set(lost.map(({ what }) => what))].map((what) => ({
    losses: lost.filter((one) => one.what === what).map(({ loss }) => loss),
    what,
    address,
  }));
}
