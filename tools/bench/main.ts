import { availableParallelism, cpus } from "node:os";
import { benchServer } from "./bench-server";
import { benchSynth } from "./bench-synth";
import { benchUrl2png } from "./bench-url2png";
import { benchWorker } from "./bench-worker";

// `npm run bench [-- worker|server|synth|url2png …]`: how fast things are, as ratios to a baseline of the same run.

const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  worker: benchWorker,
  server: benchServer,
  url2png: benchUrl2png,
  synth: benchSynth,
};

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !(name in PARTS));
if (unknown.length > 0) {
  console.error(`unknown part ${unknown.join(", ")}; there are ${Object.keys(PARTS).join(", ")}`);
  process.exit(2);
}
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130)); // ends what was started
console.log(
  `node ${process.version}, ${availableParallelism()} cores, ${cpus()[0]?.model ?? "unknown processor"}, ${process.platform}`,
);
for (const [name, run] of Object.entries(PARTS)) {
  if (chosen.length === 0 || chosen.includes(name)) await run();
}
