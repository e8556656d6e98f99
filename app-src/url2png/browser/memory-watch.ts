import type { Logger } from "../../shared/logger";
import { kill, processTree } from "./process-tree";

/** Milliseconds between two looks. */
const INTERVAL_MS = 500;

/** Milliseconds for which a crash is put down to a process that was killed. */
const LATELY_MS = 5000;

export interface MemoryWatch {
  /** Megabytes of the whole tree at the last look. */
  readonly treeMb: number;
  readonly killedLately: boolean;
  stop(): void;
}

/**
 * Looks at the memory of a process and its descendants, and kills what grows too large: never the first process itself, which
 * is the browser; what pages do happens in the others.
 */
export function watchMemory(
  root: number,
  limits: { readonly processMb: number; readonly treeMb: number },
  logger: Logger,
): MemoryWatch {
  let treeMb = 0;
  let killedAt = -Infinity;

  const look = async (): Promise<void> => {
    const tree = await processTree(root);
    treeMb = tree.reduce((sum, { memoryMb }) => sum + memoryMb, 0);
    const [largest] = tree.filter(({ pid }) => pid !== root).sort((a, b) => b.memoryMb - a.memoryMb);
    if (!largest || (largest.memoryMb <= limits.processMb && treeMb <= limits.treeMb)) return;
    kill(largest.pid);
    killedAt = Date.now();
    logger.warn(
      { processMb: Math.round(largest.memoryMb), treeMb: Math.round(treeMb) },
      "killed a page for its memory",
    );
  };

  let timer: NodeJS.Timeout | undefined;
  const next = (): void => {
    timer = setTimeout(() => {
      void look()
        .catch((error: unknown) => {
          logger.error({ err: error }, "could not look at the browser's memory, tries again");
        })
        .finally(() => {
          if (timer) next();
        });
    }, INTERVAL_MS).unref();
  };
  next();
  return {
    get treeMb() {
      return treeMb;
    },
    get killedLately() {
      return Date.now() - killedAt < LATELY_MS;
    },
    stop: () => {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
