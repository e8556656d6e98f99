import type { Fault } from "./gateway/faults";
import type { Log } from "./log";
import type { Folders } from "./plan";
import type { SynthesizedStack } from "./terraform/synthesized";

/** A mistake of the one who asked for something; nothing was started. */
export class UsageError extends Error {}

export interface LocalStackOptions {
  /** The synthesized stack */
  readonly stack: SynthesizedStack;
  /** The port of the load balancer; 0 for a free one @default 0 */
  readonly port?: number;
  /** How many instances a fleet starts with, by its name @default what the stack says */
  readonly capacity?: Readonly<Record<string, number>>;
  /** More environment variables for a fleet's processes, by its name @default none */
  readonly environment?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Takes a line per step and per event @default nothing is said */
  readonly log?: Log;
  /** Called when the request turned out to be possible, before services start: the place to build them @default nothing */
  readonly prepare?: () => Promise<void>;
  /** Ends the start, and stops what has been started so far @default it cannot be ended */
  readonly signal?: AbortSignal;
  /** Where the units and the built applications are @default this project's */
  readonly folders?: Folders;
  /** What the image is called that the fleets start from, which are these folders @default "local" */
  readonly imageName?: string;
  /**
   * Divides the times that stand for a machine's booting and warming up: warm-up, grace period, launching hook. The target
   * groups' health checks keep their times @default 1
   */
  readonly timeFactor?: number;
  /**
   * Divides the times of CloudWatch's metrics and alarms and of Auto Scaling's policies and schedules: periods, warm-up, the time of
   * day. Nothing else: messages stay invisible and machines boot for as long as ever @default 1
   */
  readonly scalingTimeFactor?: number;
  /** Faults that are in force once every fleet is in service @default none */
  readonly faults?: readonly Fault[];
  /** Seed of the faults' random numbers @default 1 */
  readonly seed?: number;
}
