import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import autocannon from "autocannon";
import { startEmulators } from "./emulators";
import { freePort } from "../local/fleet/free-port";
import { end, median, start } from "./processes";

const SECONDS = 4;
const ROUNDS = 3;
const CONNECTIONS = 10;

/** Requests a second: the API on emulators against a bare Express route. */
export async function benchServer(): Promise<void> {
  console.log(`server: ${CONNECTIONS} connections, ${ROUNDS} × ${SECONDS} s each`);
  const emulators = await startEmulators();
  const [apiPort, barePort] = [await freePort(), await freePort()];
  const serverFile = fileURLToPath(new URL("../../dist/imagery/server.js", import.meta.url));
  const bareFile = fileURLToPath(new URL("bare-express.ts", import.meta.url));
  const api = start(process.execPath, [serverFile], {
    env: { ...emulators.environment, PORT: String(apiPort), LOG_LEVEL: "error", NODE_NO_WARNINGS: "1" },
  });
  const bare = start(process.execPath, ["--no-warnings", "--import", "tsx", bareFile], {
    env: { ...process.env, PORT: String(barePort), NODE_ENV: "production" },
  });
  try {
    const id = await createImage(apiPort);
    await reachable(barePort);
    for (const [method, path] of [
      ["GET", `/image/${id}`],
      ["POST", "/image"],
    ] as const) {
      const figures: { api: number; bare: number }[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        figures.push({ bare: await rate(barePort, method, path), api: await rate(apiPort, method, path) });
      }
      const [ours, theirs] = [median(figures.map((each) => each.api)), median(figures.map((each) => each.bare))];
      const label = `${method} ${path.replace(id, ":id")}`.padEnd(20);
      console.log(
        `  ${label} ${ours.toFixed(0).padStart(6)} requests/s, bare Express ${theirs.toFixed(0)}   API/bare ${(ours / theirs).toFixed(2)}`,
      );
    }
  } finally {
    await Promise.all([end(api, "SIGKILL"), end(bare, "SIGKILL"), end(emulators.process, "SIGKILL")]);
  }
}

async function rate(port: number, method: "GET" | "POST", path: string): Promise<number> {
  const { requests, errors, non2xx } = await autocannon({
    url: `http://127.0.0.1:${port}${path}`,
    method,
    connections: CONNECTIONS,
    duration: SECONDS,
    headers: { accept: "application/json" },
  });
  if (errors + non2xx > 0)
    throw new Error(`${method} ${path}: ${errors} errors, ${non2xx} answers that are no success`);
  return requests.average;
}

async function createImage(port: number): Promise<string> {
  await reachable(port);
  const response = await fetch(`http://127.0.0.1:${port}/image`, {
    method: "POST",
    headers: { accept: "application/json" },
  });
  return ((await response.json()) as { id: string }).id;
}

async function reachable(port: number): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await fetch(`http://127.0.0.1:${port}/`);
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await sleep(100);
    }
  }
}
