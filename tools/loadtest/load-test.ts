import { setTimeout as sleep } from "node:timers/promises";
import type { FleetSize, Outcome, Target } from "./target";

/** Milliseconds between two looks. */
const LOOK_MS = 1000;
/** Bytes of a PNG file up to the end of its width and height. */
const PNG_HEAD = 24;
/** Pictures looked at at the same time. */
const CHECKS_AT_ONCE = 10;

/** Pixels of every picture. */
export const PICTURE_SIZE = { width: 1024, height: 768 };

/** What one look has found. */
export interface Sample {
  /** Seconds since the first message was sent */
  readonly at: number;
  readonly visible: number;
  readonly inFlight: number;
  readonly fleet: FleetSize;
  /** Messages of this test that have come to an end so far */
  readonly done: number;
}

export interface LoadTestOptions {
  readonly target: Target;
  /** Sends everything. @returns the messages' ids */
  readonly send: () => Promise<readonly string[]>;
  /** Seconds for all of it */
  readonly timeout: number;
  readonly signal?: AbortSignal;
  /** Told of each look @param total how many messages were sent */
  readonly onSample?: (sample: Sample, total: number) => void;
}

/** All that was seen. */
export interface LoadTestResult {
  readonly ids: readonly string[];
  readonly samples: readonly Sample[];
  /** What became of the messages of this test */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** Milliseconds since 1970 when the first message was sent */
  readonly startedAt: number;
  /** Pictures that are no PNG of the right size, by id */
  readonly wrongPictures: readonly string[];
  /** Why it ended early */
  readonly gaveUp: "timeout" | "interrupted" | undefined;
}

/** Sends messages, and watches until each has come to an end and the fleet is as small as it may be. */
export async function runLoadTest(options: LoadTestOptions): Promise<LoadTestResult> {
  const { target, send, timeout, signal, onSample } = options;
  const startedAt = Date.now();
  const samples: Sample[] = [];
  let ids: readonly string[] = [];
  let outcomes = new Map<string, Outcome>();

  const look = async (): Promise<Sample> => {
    // The bucket is listed only while something is missing: it may hold many other people's pictures.
    const [{ visible, inFlight }, fleet, all = outcomes] = await Promise.all([
      target.backlog(),
      target.fleet(),
      outcomes.size < ids.length ? target.outcomes() : undefined,
    ]);
    const ours = new Set(ids);
    outcomes = new Map([...all].filter(([id]) => ours.has(id)));
    const sample = { at: (Date.now() - startedAt) / 1000, visible, inFlight, fleet, done: outcomes.size };
    samples.push(sample);
    onSample?.(sample, ids.length);
    return sample;
  };

  await look();
  ids = await send();
  let gaveUp: LoadTestResult["gaveUp"];
  while (gaveUp === undefined) {
    const sample = await look();
    if (isOver(sample, ids.length)) break;
    if (signal?.aborted === true) gaveUp = "interrupted";
    else if (sample.at > timeout) gaveUp = "timeout";
    else await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined); // ends early only by the signal, which is looked at
  }
  const pictures = [...outcomes].filter(([, { kind }]) => kind === "picture").map(([id]) => id);
  return { ids, samples, outcomes, startedAt, wrongPictures: await wrongOnes(target, pictures), gaveUp };
}

/** Every message has come to an end, and nothing is left for the fleet to shrink by. */
function isOver({ done, fleet }: Sample, total: number): boolean {
  return done === total && fleet.desired === fleet.min && fleet.inService <= fleet.min;
}

async function wrongOnes(target: Target, ids: readonly string[]): Promise<string[]> {
  const wrong: string[] = [];
  const left = [...ids];
  const check = async (): Promise<void> => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      if (!isPicture(await target.head(id, PNG_HEAD))) wrong.push(id);
    }
  };
  await Promise.all(Array.from({ length: CHECKS_AT_ONCE }, check));
  return wrong;
}

/** https://www.w3.org/TR/png-3/#5PNG-file-signature; the header chunk comes first, and begins with width and height. */
function isPicture(head: Buffer): boolean {
  return (
    head.length === PNG_HEAD &&
    head.toString("latin1", 1, 4) === "PNG" &&
    head.readUInt32BE(16) === PICTURE_SIZE.width &&
    head.readUInt32BE(20) === PICTURE_SIZE.height
  );
}
