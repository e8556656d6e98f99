import type { FleetEvent } from "./journal";

/** All that a viewer (the console, a load test) may know of a running stack, at one moment. Times are milliseconds since 1970. */
export interface StackSnapshot {
  readonly stack: string;
  /** By how much the times of metrics, alarms, scaling policies and schedules are divided. */
  readonly timeFactor: number;
  /** Where the load balancer listens; none in a stack without one. */
  readonly url?: string;
  readonly now: number;
  readonly fleets: readonly FleetSnapshot[];
  readonly queues: readonly QueueSnapshot[];
  readonly alarms: readonly AlarmSnapshot[];
  readonly buckets: readonly string[];
  /** Newest last, at most 500. */
  readonly events: readonly FleetEvent[];
  /** Sampled each second, at most 900. */
  readonly history: readonly HistorySample[];
}

export interface FleetSnapshot {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  readonly instances: readonly InstanceSnapshot[];
  readonly zones: readonly { readonly name: string; readonly up: boolean }[];
}

export interface InstanceSnapshot {
  readonly id: string;
  readonly zone: string;
  readonly pid: number | undefined;
  readonly state: "pending" | "in-service" | "stopping";
  /** "starting", "stopping", or in service its state in each target group ("healthy"); "running" where it has none. */
  readonly health: string;
  /** Per cent of one vCPU over the last seconds, with all its child processes. */
  readonly cpuPercent: number | undefined;
  readonly startedAt: number;
  /** The release that it was launched from. */
  readonly image: string;
}

export interface QueueSnapshot {
  readonly name: string;
  readonly visible: number;
  readonly inFlight: number;
  readonly deadLetter: boolean;
}

export interface AlarmSnapshot {
  readonly name: string;
  readonly state: "OK" | "ALARM" | "INSUFFICIENT_DATA";
  /** The latest data point; none while there is no data. */
  readonly value: number | undefined;
  readonly threshold: number;
  readonly description: string;
  /** It drives a scaling policy; the others tell people. */
  readonly scaling: boolean;
}

export interface HistorySample {
  readonly at: number;
  /** Visible messages of each queue. */
  readonly queues: Readonly<Record<string, number>>;
  /** Instances of each fleet that are in service. */
  readonly fleets: Readonly<Record<string, number>>;
}
