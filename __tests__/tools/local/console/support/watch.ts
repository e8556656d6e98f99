import { eventually } from "../../../../support/eventually";

/** An event of the console's stream. */
export interface StreamEvent {
  readonly event: string;
  readonly data: unknown;
}

/** Follows a console's stream, as a page does. */
export async function watch(url: string): Promise<{
  readonly events: readonly StreamEvent[];
  /** The first event of a kind that has not been waited for yet. */
  next(event: string): Promise<StreamEvent>;
  leave(): void;
}> {
  const leaving = new AbortController();
  const response = await fetch(`${url}/events`, { signal: leaving.signal });
  if (response.body === null) throw new Error("the stream has no body");
  const events: StreamEvent[] = [];
  let seen = 0;
  void collect(response.body, events).catch((error: unknown) => {
    if (!leaving.signal.aborted) throw error;
  });
  return {
    events,
    async next(event) {
      const find = (): number => events.findIndex((each, i) => i >= seen && each.event === event);
      await eventually(`an event "${event}"`, () => find() >= 0);
      const found = events[find()];
      seen = find() + 1;
      if (found === undefined) throw new Error("the event is gone");
      return found;
    },
    leave: () => {
      leaving.abort();
    },
  };
}

async function collect(body: ReadableStream<Uint8Array>, into: StreamEvent[]): Promise<void> {
  let rest = "";
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const messages = (rest + chunk).split("\n\n");
    rest = messages.pop() ?? "";
    for (const message of messages) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(message) ?? [];
      if (event !== undefined && data !== undefined) into.push({ event, data: JSON.parse(data) as unknown });
    }
  }
}
