import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type Log, Lines, readable } from "../log";
import { ProcessTree } from "./process-tree";
import { type ProcessInfo, listProcesses } from "./processes";
import type { Reaper } from "./reaper";
import type { ServiceUnit } from "./systemd-unit";

/** Everything that an instance needs to start. */
export interface LaunchSpecification {
  readonly unit: ServiceUnit;
  /** Rewrites a path of the image (/usr/bin/node-24, /opt/app) to one of this machine */
  readonly toLocalPath: (path: string) => string;
  /** The content of the environment file */
  readonly environment: Readonly<Record<string, string>>;
}

/** What a group launches its instances from. */
export interface LaunchTemplate {
  /** The name of the image, which stands for an AMI's id */
  readonly image: string;
  readonly launch: LaunchSpecification;
}

export interface InstanceOptions {
  readonly id: string;
  readonly zone: string;
  readonly port: number;
  readonly template: LaunchTemplate;
  /** Credentials and endpoints, over the environment file */
  readonly overrides: Readonly<Record<string, string>>;
  readonly reaper: Reaper;
  readonly log: Log;
}

/** An id in the form of EC2's. */
export function newInstanceId(): string {
  return `i-${randomBytes(9).toString("hex").slice(0, 17)}`;
}

/** A machine of a fleet: here, one operating-system process. */
export class Instance {
  readonly id: string;
  readonly zone: string;
  /** The name of the image that it was launched from */
  readonly image: string;
  /** The port at which the service listens here */
  readonly port: number;
  /** Resolves, with a word about how, when the process has ended */
  readonly ended: Promise<string>;
  readonly startedAt = Date.now();
  private readonly child: ChildProcess;
  private readonly tree: ProcessTree | undefined;
  /** Process groups that the service's children have made, which the reaper has been told of */
  private furtherGroups = new Set<number>();
  private stopping = false;

  constructor(private readonly options: InstanceOptions) {
    this.id = options.id;
    this.zone = options.zone;
    this.port = options.port;
    this.image = options.template.image;
    const { overrides, reaper, log } = options;
    const { launch } = options.template;
    const [program = "", ...parameters] = launch.unit.command.map(launch.toLocalPath);
    const { workingDirectory } = launch.unit;
    this.child = spawn(program, parameters, {
      cwd: workingDirectory === undefined ? undefined : launch.toLocalPath(workingDirectory),
      // A group of its own: Ctrl-C reaches only this program, and what the service itself started ends with it.
      detached: true,
      env: {
        PATH: process.env.PATH ?? "",
        HOME: process.env.HOME ?? "",
        ...launch.unit.environment,
        ...launch.environment,
        ...overrides,
        PORT: String(options.port),
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.ended = this.watch();
    if (this.child.pid !== undefined) {
      this.tree = new ProcessTree(this.child.pid);
      reaper.watch(this.child.pid);
    }
    for (const stream of [this.child.stdout, this.child.stderr]) {
      const lines = new Lines((line) => {
        log(readable(line));
      });
      stream?.setEncoding("utf8").on("data", (chunk: string) => {
        lines.push(chunk);
      });
    }
  }

  /** The process id; undefined when the program could not be started */
  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Whether `stop` was called */
  get isStopping(): boolean {
    return this.stopping;
  }

  /** Per cent of one core that the service and its children used between the last two looks; undefined before the second */
  get cpuPercent(): number | undefined {
    return this.tree?.cpuPercent;
  }

  /** Seconds of one core that the service and its children have used since the first look */
  get cpuSeconds(): number {
    return this.tree?.cpuSeconds ?? 0;
  }

  /** Takes a look at the service's processes. @param processes all that this machine runs @param now in milliseconds */
  look(processes: readonly ProcessInfo[], now: number): void {
    this.tree?.look(processes, now);
    const { reaper } = this.options;
    const descendants = this.tree?.descendants ?? [];
    const groups = new Set(descendants.filter(({ pid, group }) => pid === group).map(({ group }) => group));
    for (const group of groups) if (!this.furtherGroups.has(group)) reaper.watch(group);
    for (const group of this.furtherGroups) if (!groups.has(group)) reaper.forget(group);
    this.furtherGroups = groups;
  }

  /** Stops the service as systemd does: the unit's signal, then SIGKILL to all of it after the unit's time. */
  async stop(): Promise<void> {
    if (!this.stopping) {
      this.stopping = true;
      this.child.kill(this.options.template.launch.unit.killSignal);
    }
    const { stopTimeoutMs } = this.options.template.launch.unit;
    const timer = setTimeout(
      () => {
        this.options.log(`did not stop within ${stopTimeoutMs / 1000} s: killed`);
        this.kill();
      },
      Math.min(stopTimeoutMs, 2 ** 31 - 1),
    );
    await this.ended;
    clearTimeout(timer);
  }

  /** Ends the process and everything that it started, at once. */
  kill(): void {
    this.stopping = true;
    void this.crash();
  }

  /** Does the same as a failure of the machine: for its group it is lost. */
  async crash(): Promise<void> {
    // Looked at first: once the process has ended, nothing tells whose children the others were.
    this.look(await listProcesses(), Date.now());
    killGroup(this.pid);
    this.killDescendants();
  }

  private async watch(): Promise<string> {
    const how = await Promise.race([
      once(this.child, "exit").then(([code, signal]) =>
        signal === null ? `exit code ${String(code)}` : String(signal),
      ),
      once(this.child, "error").then(([error]) => `cannot start: ${(error as Error).message}`),
    ]);
    // What the service had started may live on, in its group or in groups of their own.
    killGroup(this.pid);
    this.look(await listProcesses(), Date.now());
    this.killDescendants();
    this.look([], Date.now());
    if (this.pid !== undefined) this.options.reaper.forget(this.pid);
    return how;
  }

  private killDescendants(): void {
    for (const { pid } of this.tree?.descendants ?? []) killProcess(pid);
  }
}

function killGroup(pid: number | undefined): void {
  if (pid !== undefined) killProcess(-pid);
}

/** @param pid of a process, or the negative one of a group's leader */
function killProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // No such process or group: it has ended.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
