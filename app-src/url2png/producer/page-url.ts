import { Refused } from "../network/refusal";
import { parseUrl } from "../network/target";
import { InvalidUrlError } from "./errors";

/**
 * Refuses what the worker would refuse without opening a connection: what is no http or https URL. Where it leads is not looked
 * at: only the worker knows what it may reach.
 * @throws InvalidUrlError
 */
export function checkUrl(url: string): void {
  try {
    parseUrl(url, ["http:", "https:"]);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const guess = `https://${url}`;
    const hint =
      error.target === url && error.reason === "invalid-url" && URL.canParse(guess) ? ` Is it ${guess}?` : "";
    throw new InvalidUrlError(error.target, `${error.message}${hint}`);
  }
}
