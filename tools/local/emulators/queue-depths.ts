/** How many messages a queue holds. */
export interface QueueDepth {
  /** Waiting to be received */
  readonly visible: number;
  /** Received, and neither deleted nor back */
  readonly inFlight: number;
}

/** What fauxqs's own page about its queues says of each. */
interface ListedQueue {
  readonly name: string;
  readonly approximateMessageCount: number;
  readonly approximateInflightCount: number;
}

/** What fauxqs's own page about one queue says of its messages. */
interface QueueContent {
  readonly messages: {
    readonly ready: readonly { readonly sentTimestamp: number }[];
    readonly inflight: readonly { readonly message: { readonly sentTimestamp: number } }[];
  };
}

/** Looks into the queues without touching a message. It is an operator's look: no role is asked. */
export class QueueDepths {
  /** @param endpoint where fauxqs listens */
  constructor(private readonly endpoint: string) {}

  /** The depth of every queue, by its name. */
  async all(): Promise<Map<string, QueueDepth>> {
    const queues = (await this.get("_fauxqs/queues")) as readonly ListedQueue[];
    return new Map(
      queues.map(({ name, approximateMessageCount, approximateInflightCount }) => [
        name,
        { visible: approximateMessageCount, inFlight: approximateInflightCount },
      ]),
    );
  }

  /** Milliseconds for which the oldest message has been in a queue; undefined when it is empty. */
  async oldestMs(name: string, now: number): Promise<number | undefined> {
    const { messages } = (await this.get(`_fauxqs/queues/${name}`)) as QueueContent;
    const sent = [...messages.ready, ...messages.inflight.map(({ message }) => message)].map(
      ({ sentTimestamp }) => sentTimestamp,
    );
    return sent.length === 0 ? undefined : now - sent.reduce((least, at) => Math.min(least, at), Infinity);
  }

  private async get(path: string): Promise<unknown> {
    const response = await fetch(new URL(path, this.endpoint));
    if (!response.ok) throw new Error(`the queue emulator answered ${response.status} to /${path}`);
    return response.json();
  }
}
