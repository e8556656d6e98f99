import { table } from "../release/display/table";
import type { DeploymentReport } from "../release/rollout/deployment";
import type { Capacity } from "./capacity";
import type { ReleaseName } from "./rehearsal";
import type { Lap } from "./traffic";

/** How a release went, and what had to be expected of it. */
export interface ReleaseFacts {
  readonly release: ReleaseName;
  readonly expected: { readonly outcome: DeploymentReport["outcome"]; readonly image: string };
  readonly deployment: DeploymentReport;
  readonly requests: Lap;
  readonly capacity: Readonly<Record<string, Capacity>>;
  /** The images of all instances when it was over */
  readonly running: readonly string[];
  readonly seconds: number;
}

/** What is said of a release. */
export interface ReleaseReport {
  readonly release: ReleaseName;
  readonly outcome: DeploymentReport["outcome"];
  /** What went wrong with the deployment, where something had to */
  readonly reason: string | undefined;
  /** What the fleets run after it */
  readonly running: readonly string[];
  readonly requests: {
    readonly sent: number;
    readonly failed: number;
    readonly failures: readonly string[];
    readonly slowestMs: number;
  };
  readonly capacity: Readonly<Record<string, Capacity>>;
  readonly images: { readonly uploaded: number; readonly processed: number };
  readonly seconds: number;
  /** Expectations that did not hold; none is what a rehearsal is for */
  readonly broken: readonly string[];
}

/** Holds a release against what is promised of every one: nothing is lost, whether the build is good or bad. */
export function judgeRelease(facts: ReleaseFacts): ReleaseReport {
  const { release, expected, deployment, requests, capacity, running, seconds } = facts;
  const { sent, failed, failures, slowestMs, uploaded, processed } = requests;
  const broken: string[] = [];
  if (deployment.outcome !== expected.outcome) {
    const why = deployment.rollbackReason ?? deployment.reason ?? "no reason";
    broken.push(`the outcome is "${deployment.outcome}" (${why}), not "${expected.outcome}"`);
  }
  if (running.length !== 1 || running[0] !== expected.image) {
    broken.push(`the fleets run ${running.join(" and ")}, not ${expected.image}`);
  }
  if (failed > 0) broken.push(`${failed} of ${sent} requests failed: ${failures.join("; ")}`);
  if (sent === 0) broken.push("there was no traffic");
  for (const [fleet, { minimum, lowest }] of Object.entries(capacity)) {
    if (lowest < minimum) broken.push(`only ${lowest} of at least ${minimum} instances of ${fleet} served`);
  }
  if (processed < uploaded.length) {
    broken.push(`${uploaded.length - processed} of ${uploaded.length} uploaded images were not processed`);
  }
  return {
    release,
    outcome: deployment.outcome,
    reason: deployment.reason,
    running,
    requests: { sent, failed, failures, slowestMs },
    capacity,
    images: { uploaded: uploaded.length, processed },
    seconds,
    broken,
  };
}

/** The whole rehearsal as people read it. */
export function describeReports(reports: readonly ReleaseReport[]): string {
  const fleets = Object.keys(reports[0]?.capacity ?? {});
  const headings = ["release", "outcome", "requests", "failed", "slowest", "images", ...fleets, "time"];
  const rows = reports.map(({ release, outcome, requests, images, capacity, seconds }) => [
    release,
    outcome,
    String(requests.sent),
    String(requests.failed),
    `${requests.slowestMs} ms`,
    `${images.processed} of ${images.uploaded}`,
    ...fleets.map((fleet) => `${capacity[fleet]?.lowest ?? "?"} (min ${capacity[fleet]?.minimum ?? "?"})`),
    `${seconds} s`,
  ]);
  const broken = reports.flatMap((report) => report.broken.map((what) => `BROKEN: ${report.release}: ${what}`));
  const verdict = broken.length === 0 ? ["Every expectation held."] : broken;
  return [table(headings, rows), "", ...verdict].join("\n");
}
