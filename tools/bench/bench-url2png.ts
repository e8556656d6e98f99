import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { findChromium } from "../../app-src/url2png/browser/find-chromium";
import { freePort } from "../local/fleet/free-port";
import { startServices } from "./emulators";
import { end, median, start, treeMemory } from "./processes";

const CONCURRENCY = availableParallelism();
const ROUNDS = 3;
const PAGES = 60;
const FEW_PAGES = 8;
const WARM_UP = 10;
/** Pages after which the memory of the process tree has to be what it was. */
const MANY_PAGES = 500;

type Command = readonly string[];
const script = (file: string): Command => [
  "--no-warnings",
  "--import",
  "tsx",
  fileURLToPath(new URL(file, import.meta.url)),
];
const WORKER: Command = [fileURLToPath(new URL("../../dist/url2png/worker.js", import.meta.url))];

/** What is compared, with the number of pages that it gets. */
const CONTENDERS = {
  worker: { label: "worker, end to end", command: WORKER, pages: PAGES, environment: {} },
  bare: {
    label: "bare puppeteer loop, same isolation and concurrency",
    command: script("bare-url2png.ts"),
    pages: PAGES,
    environment: {},
  },
  launch: {
    label: "worker that launches a browser for each message",
    command: script("naive-url2png.ts"),
    pages: FEW_PAGES,
    environment: { CONCURRENCY: "1" },
  },
  launches: {
    label: "the same, as many at once as the worker",
    command: script("naive-url2png.ts"),
    pages: FEW_PAGES,
    environment: {},
  },
  old: {
    label: "old design: launch, one at a time, sleep 1 s",
    command: script("naive-url2png.ts"),
    pages: FEW_PAGES,
    environment: { CONCURRENCY: "1", SLEEP_MS: "1000" },
  },
} satisfies Record<string, Contender>;

interface Contender {
  readonly label: string;
  readonly command: Command;
  readonly pages: number;
  readonly environment: Readonly<Record<string, string>>;
}

type Name = keyof typeof CONTENDERS;

/** Screenshots a second: the worker, a bare loop, and workers that launch a browser for each; and the worker's memory. */
export async function benchUrl2png(): Promise<void> {
  const chromium = await findChromium();
  console.log(`url2png: ${ROUNDS} × ${PAGES} pages with a style sheet and a picture, ${CONCURRENCY} at once`);
  const rounds: Record<Name, number>[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const rates: Partial<Record<Name, number>> = {};
    for (const name of Object.keys(CONTENDERS) as Name[]) rates[name] = await rateOf(CONTENDERS[name], chromium);
    rounds.push(rates as Record<Name, number>);
  }
  for (const name of Object.keys(CONTENDERS) as Name[]) {
    const rate = median(rounds.map((round) => round[name]));
    const ratio = median(rounds.map((round) => round.worker / round[name]));
    console.log(
      `  ${CONTENDERS[name].label.padEnd(52)} ${rate.toFixed(2).padStart(6)} pages/s   worker/this ${ratio.toFixed(2)}`,
    );
  }
  await benchMemory(chromium);
}

async function rateOf({ command, pages, environment }: Contender, chromium: string): Promise<number> {
  const warmUp = Math.min(WARM_UP, pages / 2);
  let started = 0;
  await photograph(command, chromium, environment, warmUp + pages, (count) => {
    if (count === warmUp) started = performance.now();
  });
  return (pages * 1000) / (performance.now() - started);
}

/** Runs a worker until so many pages are photographed. @param onPage told of each, with the worker's process id */
async function photograph(
  command: Command,
  chromium: string,
  environment: Readonly<Record<string, string>>,
  pages: number,
  onPage: (count: number, pid: number) => void,
): Promise<void> {
  const services = await startServices("url2png-services.ts", [String(pages + 20)]);
  const child = start(process.execPath, command, {
    env: {
      ...services.environment,
      ALLOWED_NETWORKS: "127.0.0.1/32",
      CHROMIUM_PATH: chromium,
      CONCURRENCY: String(CONCURRENCY),
      PORT: String(await freePort()),
      NODE_NO_WARNINGS: "1",
      ...environment,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    if (!child.stdout || child.pid === undefined) throw new Error("the worker has no output");
    let count = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.includes('"msg":"photographed"')) continue;
      onPage(++count, child.pid);
      if (count === pages) return;
    }
    throw new Error(`the worker ended after ${count} of ${pages} pages`);
  } finally {
    await end(child);
    await end(services.process, "SIGKILL");
  }
}

/** Resident memory of the worker and its browsers over many pages. In each half of them Chromium is replaced once. */
async function benchMemory(chromium: string): Promise<void> {
  if (process.platform !== "linux") return;
  const hundreds: number[] = Array.from({ length: MANY_PAGES / 100 }, () => 0);
  const halves: [number, number] = [0, 0];
  await photograph(WORKER, chromium, {}, MANY_PAGES, (count, pid) => {
    const megabytes = treeMemory(pid);
    const hundred = Math.floor((count - 1) / 100);
    const half = count <= MANY_PAGES / 2 ? 0 : 1;
    hundreds[hundred] = Math.max(hundreds[hundred] ?? 0, megabytes);
    halves[half] = Math.max(halves[half], megabytes);
  });
  const most = hundreds.map((megabytes) => megabytes.toFixed(0)).join(", ");
  console.log(`  peak memory of the process tree over ${MANY_PAGES} pages, by hundreds: ${most} MB`);
  console.log(`  the second half against the first: ${(halves[1] / halves[0]).toFixed(2)}`);
}
