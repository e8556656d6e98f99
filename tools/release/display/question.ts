import { createInterface } from "node:readline/promises";

/**
 * Asks in the terminal.
 * @returns the answer; undefined when Ctrl-C or the end of the input was the answer
 */
export async function question(
  text: string,
  { input, output }: { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream },
): Promise<string | undefined> {
  const given = new AbortController();
  const prompt = createInterface({ input, output });
  for (const event of ["SIGINT", "close"] as const) {
    prompt.once(event, () => {
      given.abort();
    });
  }
  try {
    return (await prompt.question(text, { signal: given.signal })).trim();
  } catch (error) {
    if (given.signal.aborted) return undefined;
    throw error;
  } finally {
    prompt.close();
  }
}
