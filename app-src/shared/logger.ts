import { pino, type Logger } from "pino";

export type { Logger };

/** One JSON object a line on standard output, which systemd appends to the file that the CloudWatch agent reads. */
export function createLogger(service: string, level: string): Logger {
  return pino(
    {
      level,
      base: { service, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    // Written at once: lines keep their order to the very last one, and a process that is killed has said all it had to say.
    pino.destination({ dest: 1, sync: true }),
  );
}
