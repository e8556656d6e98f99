/** What AWS answers to a command; a part of it may throw what AWS would. */
export type Answer = (input: never) => object;

/** The account that everything belongs to. */
export const ACCOUNT = "111122223333";

/** An error as the SDK throws it once its own retries are used up. */
export function awsError(name: string, message = `${name} in a test`): Error {
  return Object.assign(new Error(message), { name, $metadata: { attempts: 6 } });
}

/** One page of a long answer, so that whoever asks has to turn pages. */
export function page<Item>(
  items: readonly Item[],
  token: string | undefined,
  size = 2,
): { items: Item[]; next?: string } {
  const from = Number(token ?? 0);
  const next = from + size;
  return { items: items.slice(from, next), ...(next < items.length && { next: String(next) }) };
}
