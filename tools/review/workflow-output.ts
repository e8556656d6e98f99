import { appendFileSync } from "node:fs";

/** Gives values to the workflow's later jobs, when a workflow is what this runs in. Values are JSON in one line. */
export function setOutputs(outputs: Readonly<Record<string, unknown>>, env: NodeJS.ProcessEnv = process.env): void {
  const file = env.GITHUB_OUTPUT;
  if (file === undefined || file === "") return;
  for (const [name, value] of Object.entries(outputs)) appendFileSync(file, `${name}=${JSON.stringify(value)}\n`);
}

/** Says something that people see on the run's page, and in the log elsewhere. */
export function warn(text: string, env: NodeJS.ProcessEnv = process.env): void {
  const command = text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
  process.stderr.write(env.GITHUB_ACTIONS === "true" ? `::warning::${command}\n` : `${text}\n`);
}
