import { DefaultRenderer, Listr, ListrLogger, ProcessOutput } from "listr2";
import type { GroupProgress } from "../rollout/judge";
import { describeProgress, type PausableLog } from "./deployment-log";

/** A group's line on the screen. */
interface Row {
  text: string;
  /** Known once the line is drawn */
  task?: { title?: string | undefined };
  readonly ended: Promise<void>;
  readonly end: (error?: Error) => void;
}

/** listr2 would look at standard output, which may be a pipe; what is drawn goes to the log's own stream. */
class TerminalRenderer extends DefaultRenderer {
  static override nonTTY = true;
}

/** The groups drawn anew in place while they change: for a terminal. */
export class LiveLog implements PausableLog {
  #rows = new Map<string, Row>();
  /** Lines and drawings, one after the other */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(private readonly stream: NodeJS.WriteStream) {}

  step(text: string): void {
    this.#close();
    this.#queue = this.#queue.then(() => this.stream.write(`${text}\n`));
  }

  warn(text: string): void {
    this.step(`warning: ${text}`);
  }

  progress(groups: readonly GroupProgress[]): void {
    if (this.#rows.size === 0) this.#draw(groups);
    for (const progress of groups) {
      const row = this.#rows.get(progress.group);
      if (!row) continue;
      row.text = describeProgress(progress);
      if (row.task) row.task.title = row.text;
      if (progress.state === "healthy") row.end();
      else if (progress.state !== "waiting") row.end(new Error(progress.reason));
    }
  }

  async pause(): Promise<void> {
    this.#close();
    await this.#queue;
  }

  #close(): void {
    for (const { end } of this.#rows.values()) end();
    this.#rows = new Map();
  }

  #draw(groups: readonly GroupProgress[]): void {
    this.#rows = new Map(groups.map(({ group }) => [group, newRow()]));
    const tasks = [...this.#rows.values()].map((row) => ({
      title: row.text,
      task: (_: unknown, task: { title?: string | undefined }) => {
        row.task = task;
        task.title = row.text;
        return row.ended;
      },
    }));
    this.#queue = this.#queue.then(() =>
      new Listr(tasks, {
        concurrent: true,
        exitOnError: false,
        registerSignalListeners: false,
        renderer: TerminalRenderer,
        rendererOptions: {
          logger: new ListrLogger({ processOutput: new ProcessOutput(this.stream, this.stream) }),
          showErrorMessage: false,
          collapseErrors: false,
        },
      }).run(),
    );
  }
}

function newRow(): Row {
  let end: Row["end"] = () => undefined;
  const ended = new Promise<void>((resolve, reject) => {
    end = (error) => {
      if (error) reject(error);
      else resolve();
    };
  });
  // It may end before it is drawn, and nobody listens then.
  ended.catch(() => undefined);
  return { text: "", ended, end };
}
