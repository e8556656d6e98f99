import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import sharp from "sharp";
import { loadCodecModules } from "../../app-src/imagery/worker/codecs";
import { startEmulators } from "./emulators";
import { makePhoto } from "./photo";
import { freePort } from "../local/fleet/free-port";
import { cpuSeconds, end, median, peakMemory, start } from "./processes";

const BUILT = new URL("../../dist/imagery/", import.meta.url);
const THREADS = availableParallelism();

/** Images before the measured ones, until the code of both processes is compiled and the memory is there. */
const WARM_UP = 32;
const IMAGES = 96;
const NAIVE_IMAGES = 4;

/** Rounds of everything, one after the other; ratios are taken within a round, so that a disturbance hits both sides. */
const ROUNDS = 3;

interface Result {
  readonly imagesPerSecond: number;
  readonly megabytes?: number | undefined;
  /** Part of the machine's cores that the emulators took, which a queue and a bucket at AWS would not. */
  readonly emulators?: number | undefined;
}

/** Images a second: the worker, a bare loop, a naive worker and sharp; and the worker's memory. */
export async function benchWorker(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "steadfast-bench-"));
  try {
    const photo = await makePhoto();
    const file = join(folder, "photo.jpg");
    await writeFile(file, photo);
    console.log(
      `worker: ${ROUNDS} × ${IMAGES} photos of 2048 × 1536, ${Math.round(photo.length / 1000)} kB, ${THREADS} threads`,
    );
    const rounds: Record<"worker" | "bare" | "naive" | "sharp", Result>[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      rounds.push({
        bare: await bareLoop(photo),
        worker: await service(workerCommand(), file, IMAGES),
        sharp: await sharpLoop(photo),
        naive: await service(naiveCommand(), file, NAIVE_IMAGES, 1),
      });
    }
    const line = (label: string, name: keyof (typeof rounds)[number]) => {
      const rate = median(rounds.map((round) => round[name].imagesPerSecond));
      const ratio = median(rounds.map((round) => round.worker.imagesPerSecond / round[name].imagesPerSecond));
      console.log(`  ${label.padEnd(46)} ${rate.toFixed(2).padStart(6)} images/s   worker/this ${ratio.toFixed(2)}`);
    };
    line("worker, end to end", "worker");
    line("bare loop of the same pipeline and threads", "bare");
    line("naive worker (Jimp.read, one at a time)", "naive");
    line("the same in sharp (PNG level 6), no queue", "sharp");
    const taken = rounds.flatMap(({ worker, bare }) =>
      worker.emulators === undefined ? [] : worker.imagesPerSecond / (bare.imagesPerSecond * (1 - worker.emulators)),
    );
    const share = median(rounds.map(({ worker }) => worker.emulators ?? 0));
    if (taken.length > 0) {
      console.log(
        `  the emulators took ${(share * 100).toFixed(0)} % of the cores; of the rest worker/bare loop is ${median(taken).toFixed(2)}`,
      );
    }
    const memory = rounds.flatMap(({ worker }) => worker.megabytes ?? []);
    if (memory.length > 0) console.log(`  peak memory of the worker: ${Math.max(...memory).toFixed(0)} MB`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

type Command = readonly string[];
const workerCommand = (): Command => [fileURLToPath(new URL("worker.js", BUILT))];
const naiveCommand = (): Command => [
  "--no-warnings",
  "--import",
  "tsx",
  fileURLToPath(new URL("naive-worker.ts", import.meta.url)),
];

/** A worker process on emulators, timed by its own lines about processed images. */
async function service(command: Command, photoFile: string, images: number, warmUp = WARM_UP): Promise<Result> {
  const emulators = await startEmulators(photoFile, warmUp + images);
  const child = start(process.execPath, command, {
    env: { ...emulators.environment, PORT: String(await freePort()), NODE_NO_WARNINGS: "1" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    if (!child.stdout) throw new Error("the worker has no output");
    let processed = 0;
    let started = 0;
    let emulatorsBefore: number | undefined;
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.includes('"msg":"processed"')) continue;
      processed++;
      if (processed === warmUp) {
        started = performance.now();
        emulatorsBefore = cpuSeconds(emulators.process);
      }
      if (processed === warmUp + images) {
        const imagesPerSecond = perSecond(images, started);
        const emulatorsAfter = cpuSeconds(emulators.process);
        return {
          imagesPerSecond,
          megabytes: peakMemory(child),
          ...(emulatorsBefore !== undefined &&
            emulatorsAfter !== undefined && {
              emulators: ((emulatorsAfter - emulatorsBefore) * imagesPerSecond) / images / THREADS,
            }),
        };
      }
    }
    throw new Error(`the worker ended after ${processed} of ${warmUp + images} images`);
  } finally {
    await end(child);
    await end(emulators.process, "SIGKILL");
  }
}

/** The worker's own threads, given one photo after the other. */
async function bareLoop(photo: Buffer): Promise<Result> {
  const workerData = await loadCodecModules(new URL("codecs/", BUILT));
  const threads = Array.from({ length: THREADS }, () => new Worker(new URL("worker-thread.js", BUILT), { workerData }));
  let done = -THREADS; // each says first that it is ready
  let started = 0;
  try {
    return await new Promise<Result>((resolve, reject) => {
      for (const thread of threads) {
        thread.once("error", reject);
        thread.on("message", () => {
          done++;
          if (done === WARM_UP) started = performance.now();
          if (done === WARM_UP + IMAGES) resolve({ imagesPerSecond: perSecond(IMAGES, started) });
          const bytes = Uint8Array.from(photo);
          thread.postMessage({ bytes, type: "jpeg" }, [bytes.buffer]);
        });
      }
    });
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}

/** jimp's sepia as one matrix. */
const SEPIA: [[number, number, number], [number, number, number], [number, number, number]] = [
  [0.393, 0.769, 0.189],
  [0.137157, 0.954381, 0.233961],
  [0.180137838, 0.718807454, 0.307343174],
];

async function sharpLoop(photo: Buffer): Promise<Result> {
  sharp.concurrency(1);
  const convert = () => sharp(photo).rotate().recomb(SEPIA).png({ compressionLevel: 6 }).toBuffer();
  const run = async (images: number) => {
    let left = images;
    const loop = async () => {
      while (left-- > 0) await convert();
    };
    await Promise.all(Array.from({ length: THREADS }, loop));
  };
  await run(WARM_UP);
  const started = performance.now();
  await run(IMAGES);
  return { imagesPerSecond: perSecond(IMAGES, started) };
}

function perSecond(count: number, started: number): number {
  return (count * 1000) / (performance.now() - started);
}
