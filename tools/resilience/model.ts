/** What may be lost. A hang of a process that its unit's watchdog sees counts as its loss. */
export const LOSSES = ["process", "machine", "zone"] as const;
export type Loss = (typeof LOSSES)[number];

/** A part of a recovery time. */
export interface Addend {
  readonly seconds: number;
  /** What takes so long */
  readonly what: string;
  /** Where the figure comes from: the stack says it, AWS documents it, or nobody promises it */
  readonly basis: "stack" | "AWS" | "assumed";
}

/** How much of what was written last may be gone. */
export interface DataLoss {
  /** To compare: 0 is nothing, Infinity everything */
  readonly hours: number;
  readonly text: string;
}

export const NONE_LOST: DataLoss = { hours: 0, text: "none lost" };
export const ALL_LOST: DataLoss = { hours: Infinity, text: "all lost" };
/** Replication that is not waited for: AWS names no figure. */
export const MOMENTS_LOST: DataLoss = { hours: 0.01, text: "the last moments" };
/** It cannot be told from the stack. */
export const UNKNOWN_LOSS: DataLoss = { hours: 0.001, text: "not judged" };

export function hoursLost(hours: number): DataLoss {
  return { hours, text: `up to ${hours} h` };
}

/** What becomes of one thing when something is lost. */
export interface Outcome {
  /** Whether it goes on, or comes back, without a person */
  readonly survives: boolean;
  /** What happens then, for people */
  readonly how: string;
  /** Until it works again; empty when it is never away */
  readonly recoveryTime: readonly Addend[];
  readonly dataLoss: DataLoss;
  /** What does not survive, and why. Undefined when everything does. */
  readonly loses?: string;
}

/** How a machine comes back, and with what: a line of the recovery table. */
export interface Recovery {
  /** By what: "group", "recovery alarm", "nothing" */
  readonly by: string;
  /** Where its data is; empty when it keeps none */
  readonly disks: readonly Disk[];
  /** How clients find it */
  readonly address: "kept" | "new" | "load balancer" | "none";
}

/** Where a machine keeps data. */
export interface Disk {
  readonly label: "EBS" | "EBS with snapshots" | "EFS" | "own disk";
  /** Folder on the machine; "/" where that is not known */
  readonly path: string;
  /** Address of the finding about it */
  readonly address: string;
}

/** What is to be said of one resource. */
export interface Finding {
  /** Terraform's address of it */
  readonly address: string;
  /** What it is, with what matters here: "group of 1 machine in 2 zones" */
  readonly what: string;
  readonly outcomes: Readonly<Record<Loss, Outcome>>;
  /** Of machines only */
  readonly recovery?: Recovery;
}

/** It goes on. */
export function goesOn(how: string): Outcome {
  return { survives: true, how, recoveryTime: [], dataLoss: NONE_LOST };
}

/** It is away for a time. */
export function comesBack(how: string, recoveryTime: readonly Addend[]): Outcome {
  return { survives: true, how, recoveryTime, dataLoss: NONE_LOST };
}

/** It is there again, and not all that it held. */
export function forgets(loses: string, dataLoss: DataLoss): Outcome {
  return { survives: true, how: loses, recoveryTime: [], dataLoss, loses };
}

/** It is gone until a person does something, or for as long as what it stands on is. */
export function isGone(reason: string): Outcome {
  return { survives: false, how: reason, recoveryTime: [], dataLoss: NONE_LOST, loses: reason };
}

export function secondsOf(recoveryTime: readonly Addend[]): number {
  return recoveryTime.reduce((sum, { seconds }) => sum + seconds, 0);
}
