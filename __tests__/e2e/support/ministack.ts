import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../../tools/local/fleet/free-port";

/** The emulator of AWS's API: the program that `MINISTACK` names, else the one on the PATH. */
const program = process.env.MINISTACK ?? "ministack";

const works = spawnSync(program, ["--help"]).status === 0;
if (!works && process.env.MINISTACK !== undefined) {
  throw new Error(`MINISTACK names "${program}", which does not run`);
}

export const hasMinistack = works;
export const MINISTACK_IS_MISSING =
  "ministack is not installed, the release command is not tried against AWS's API; pip install ministack";

/** A running emulator, empty when it starts. It writes nothing to the disk. */
export class Ministack {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  /** Starts it on a free port of 127.0.0.1 and waits until it answers. */
  static async start(): Promise<Ministack> {
    const port = await freePort();
    const env = {
      PATH: process.env.PATH,
      BIND_HOST: "127.0.0.1",
      GATEWAY_PORT: String(port),
      SERVICES: "autoscaling,ec2,monitoring,ssm,sts",
      // A server of its own, on a port of its own.
      IOT_MTLS_ENABLED: "0",
      LOG_LEVEL: "WARNING",
    };
    const child = spawn(program, [], { env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        output += chunk;
      });
    }
    const ministack = new Ministack(child, port);
    while (!(await ministack.isReady())) {
      if (child.exitCode !== null) throw new Error(`ministack ended with ${child.exitCode}:\n${output}`);
      await sleep(50);
    }
    return ministack;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = once(this.child, "close");
    this.child.kill();
    await ended;
  }

  private async isReady(): Promise<boolean> {
    try {
      return (await fetch(`http://127.0.0.1:${this.port}/_ministack/ready`)).ok;
    } catch {
      // It does not listen yet.
      return false;
    }
  }
}
