import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../local/log";
import { UsageError } from "../local/options";
import type { LocalImage } from "../local/plan";
import { LocalStack } from "../local/stack";
import { synthesizeStack } from "../local/terraform/synthesize";
import { deploy, type DeploymentLog } from "../release/rollout/deployment";
import { application, buildImage, spoilImage } from "./builds";
import { CapacityWatch } from "./capacity";
import { judgeRelease, type ReleaseFacts, type ReleaseReport } from "./report";
import { Traffic, addRequests } from "./traffic";
import { LocalWorld } from "./world";

/** Releases that can be rehearsed: a good build, one that answers 503 at its health path, one that ends at once. */
export const releaseNames = ["good", "bad", "crash"] as const;
export type ReleaseName = (typeof releaseNames)[number];

export interface RehearsalOptions {
  /** What is released, in this order */
  readonly releases: readonly ReleaseName[];
  /** Requests a second */
  readonly rate: number;
  /** Instances of each fleet */
  readonly capacity: Readonly<Record<string, number>>;
  /** Takes a line per step */
  readonly say: Log;
  /** Takes what the stack itself has to say @default nothing is said */
  readonly stackLog?: Log;
  /** Told how each release goes, as the release command's own log is */
  readonly deploymentLog: DeploymentLog;
  /** Ends the rehearsal */
  readonly signal: AbortSignal;
  /** Called with the running stack when the last release is over, before everything is stopped @default nothing */
  readonly atTheEnd?: (local: LocalStack, reports: readonly ReleaseReport[]) => Promise<void>;
}

/** Divides warm-up (120 s) and launching hook (600 s) of the stack's fleets: nobody rehearses for half an hour. */
const timeFactor = 60;
/**
 * A message on its way to a worker that stops comes back after the visibility timeout, 120 s in the stack. Emulated queues hand
 * messages to long polls that were broken off, so nearly every replaced worker has one.
 */
const environment = { worker: { VISIBILITY_TIMEOUT_SECONDS: "10" } };
/** How often a deployment looks at the fleets. */
const pollMs = 250;
/** The end of a deployment that comes to none by itself. */
const deployTimeoutMs = 5 * 60_000;
/** Traffic before and after a deployment that belongs to its release: an old instance may be stopping still. */
const calmMs = 2000;
/** How long after a release the images that were uploaded meanwhile may take to be processed. */
const processingTimeoutMs = 60_000;

/** Releases builds on a stack of this machine under traffic, with the release command's own code, and reports what was lost. */
export async function rehearse(options: RehearsalOptions): Promise<ReleaseReport[]> {
  const { say, signal, capacity, stackLog } = options;
  const folder = await mkdtemp(join(tmpdir(), "steadfast-rehearsal-"));
  let local: LocalStack | undefined;
  try {
    const first = await buildImage(folder, "imagery-1");
    const images = new Map<ReleaseName, LocalImage>();
    for (const [index, name] of options.releases.entries()) {
      signal.throwIfAborted();
      if (!images.has(name)) images.set(name, await makeImage(name, first, { folder, name: `imagery-${index + 2}` }));
    }
    say(`built ${[first, ...images.values()].map(({ name }) => name).join(", ")}`);
    const stack = synthesizeStack(application);
    if (stack === undefined) throw new UsageError(`there is no stack "${application}"`);
    local = await LocalStack.start({
      stack,
      capacity,
      environment,
      folders: first,
      imageName: first.name,
      timeFactor,
      signal,
      ...(stackLog && { log: stackLog }),
    });
    const reports = await releaseAll(options, local, first, images);
    await options.atTheEnd?.(local, reports);
    return reports;
  } finally {
    await local?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function makeImage(
  release: ReleaseName,
  first: LocalImage,
  place: { readonly folder: string; readonly name: string },
): Promise<LocalImage> {
  if (release === "good") return buildImage(place.folder, place.name);
  return spoilImage(first, { ...place, server: release === "bad" ? "bad-server.mjs" : "crashing-server.mjs" });
}

async function releaseAll(
  options: RehearsalOptions,
  local: LocalStack,
  first: LocalImage,
  images: ReadonlyMap<ReleaseName, LocalImage>,
): Promise<ReleaseReport[]> {
  const { releases, say, rate, signal } = options;
  const fleets = [...local.fleets.values()];
  const counts = fleets.map(({ name, desiredCapacity }) => `${desiredCapacity} ${name}`).join(", ");
  say(`${local.url ?? ""} runs ${first.name} (${counts}); ${rate} requests a second from now on`);
  await allServe(local, signal);
  const traffic = await Traffic.start(local.url ?? "", rate);
  const watch = new CapacityWatch(fleets);
  const world = new LocalWorld(local, [first, ...images.values()], first);
  const facts: ReleaseFacts[] = [];
  try {
    for (const name of releases) {
      const image = images.get(name);
      if (image === undefined) throw new Error(`there is no build for the release "${name}"`);
      const before = world.current.name;
      say(`release "${name}": ${before} → ${image.name}`);
      await pause(calmMs, signal);
      await world.publish(application, image.name);
      const started = Date.now();
      const deployment = await deploy({
        world,
        log: options.deploymentLog,
        interruption: { signal, ask: () => Promise.resolve("leave") },
        timeoutMs: deployTimeoutMs,
        pollMs,
      });
      const seconds = Math.round((Date.now() - started) / 1000);
      await pause(calmMs, signal);
      signal.throwIfAborted();
      const capacity = watch.nextLap();
      const running = [...new Set(fleets.flatMap((fleet) => fleet.allInstances.map((instance) => instance.image)))];
      const requests = await traffic.nextLap(processingTimeoutMs);
      const expected =
        name === "good"
          ? ({ outcome: "deployed", image: image.name } as const)
          : ({ outcome: "rolled-back", image: before } as const);
      facts.push({ release: name, expected, deployment, requests, capacity, running, seconds });
    }
  } finally {
    watch.stop();
    const rest = await traffic.stop();
    // What was asked while the last images were waited for.
    const last = facts.at(-1)?.requests;
    if (last !== undefined) addRequests(last, rest);
  }
  return facts.map(judgeRelease);
}

/** Being in service comes a moment before being healthy at the load balancer. */
async function allServe(local: LocalStack, signal: AbortSignal): Promise<void> {
  const fleets = [...local.fleets.values()];
  while (!fleets.every((fleet) => fleet.serving.length === fleet.desiredCapacity)) {
    signal.throwIfAborted();
    await pause(50, signal);
  }
}

/** Waits; an end of the rehearsal cuts it short. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (error) {
    // Whoever waits looks at the signal next.
    if (!signal.aborted) throw error;
  }
}
