import { spawn } from "node:child_process";
import { once } from "node:events";

/** How a command ended. */
export interface Outcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the release command. `E2E_LOG` shows what it prints.
 * @param program the file with the command's bundle
 * @param signal kills it
 */
export async function runRelease(
  program: string,
  parameters: readonly string[],
  folder: string,
  environment: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<Outcome> {
  const child = spawn(process.execPath, [program, ...parameters], {
    cwd: folder,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
    ...(signal && { signal, killSignal: "SIGKILL" }),
  });
  const output = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (chunk: string) => {
      output[stream] += chunk;
    });
  }
  const [exitCode] = (await once(child, "close")) as [number | null];
  if (process.env.E2E_LOG !== undefined) {
    const { stdout, stderr } = output;
    process.stderr.write(`$ release ${parameters.join(" ")}\n${stderr}${stdout}exit ${exitCode ?? "by a signal"}\n`);
  }
  return { exitCode, ...output };
}

/** An environment without anybody's AWS profiles, instance role, or settings of git and the AWS SDK. */
export function hermetic(home: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: home,
    AWS_EC2_METADATA_DISABLED: "true",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
  };
}
