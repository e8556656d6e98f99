import { setTimeout as sleep } from "node:timers/promises";
import sharp from "sharp";
import { Client, formWith } from "./client";

/** What happened to the requests that were sent during a while. */
export interface Lap {
  sent: number;
  failed: number;
  /** The first failures, in words */
  readonly failures: string[];
  slowestMs: number;
  /** Images whose upload was accepted */
  readonly uploaded: string[];
  /** Those of them that have been seen processed */
  processed: number;
}

/** How many failures are kept in words. */
const keptFailures = 5;
/** Requests that may be in hand at once. More would mean that nothing is answered any more. */
const mostInHand = 500;

/** What visitors do, one after the other: half of them look at the page, every tenth brings a photo. */
const visits = ["page", "create", "look", "page", "look", "upload", "page", "create", "look", "page"] as const;

/** Steady traffic of visitors who never try again: whatever is lost is seen. */
export class Traffic {
  private readonly client: Client;
  private readonly ending = new AbortController();
  private readonly inHand = new Map<Promise<void>, Lap>();
  private readonly running: Promise<void>;
  private lap = newLap();
  /** Images that wait for a photo */
  private readonly empty: string[] = [];
  /** Images that are not known to be processed, with the lap of their upload */
  private readonly pending = new Map<string, Lap>();
  private latest: string | undefined;

  private constructor(
    url: string,
    rate: number,
    private readonly photo: Buffer,
  ) {
    this.client = new Client(url);
    this.running = this.run(rate);
  }

  /** @param rate requests a second */
  static async start(url: string, rate: number): Promise<Traffic> {
    const background = { r: 200, g: 120, b: 40 };
    const photo = await sharp({ create: { width: 160, height: 120, channels: 3, background } })
      .jpeg()
      .toBuffer();
    return new Traffic(url, rate, photo);
  }

  /** Begins a new lap, and answers the one before once its requests are all answered and its images processed. */
  async nextLap(timeoutMs: number): Promise<Lap> {
    const { lap } = this;
    this.lap = newLap();
    const end = Date.now() + timeoutMs;
    const isOpen = (): boolean =>
      [...this.inHand.values(), ...this.pending.values()].some((candidate) => candidate === lap);
    while (isOpen() && Date.now() < end && !this.ending.signal.aborted) await sleep(50);
    return lap;
  }

  /** Sends nothing more, waits for the last answers, and answers the lap that has ended with that. */
  async stop(): Promise<Lap> {
    this.ending.abort();
    await this.running;
    await Promise.all(this.inHand.keys());
    this.client.close();
    return this.lap;
  }

  private async run(rate: number): Promise<void> {
    const started = Date.now();
    for (let count = 0; !this.ending.signal.aborted; count += 1) {
      await sleep(started + (count * 1000) / rate - Date.now());
      const visit = visits[count % visits.length] ?? "page";
      const { lap } = this;
      lap.sent += 1;
      if (this.inHand.size >= mostInHand) {
        fail(lap, `${visit}: not sent, ${mostInHand} requests are in hand`);
        continue;
      }
      const visiting = this.visit(visit, lap).finally(() => this.inHand.delete(visiting));
      this.inHand.set(visiting, lap);
    }
  }

  private async visit(visit: (typeof visits)[number], lap: Lap): Promise<void> {
    const started = performance.now();
    try {
      await this.make(visit, lap);
    } catch (error) {
      fail(lap, `${visit}: ${(error as Error).message}`);
    }
    lap.slowestMs = Math.max(lap.slowestMs, Math.round(performance.now() - started));
  }

  private async make(visit: (typeof visits)[number], lap: Lap): Promise<void> {
    const [waiting] = this.pending.keys();
    const id = visit === "look" ? (waiting ?? this.latest) : visit === "upload" ? this.empty.shift() : undefined;
    if (visit === "page" || (visit !== "create" && id === undefined)) {
      await this.expect(200, "GET", "/");
    } else if (visit === "create") {
      const { id: created } = await this.expect(201, "POST", "/image");
      this.latest = created;
      if (created !== undefined) this.empty.push(created);
    } else if (visit === "upload" && id !== undefined) {
      await this.expect(202, "POST", `/image/${id}/upload`, this.photo);
      lap.uploaded.push(id);
      this.pending.set(id, lap);
    } else if (id !== undefined) {
      this.note(id, await this.expect(200, "GET", `/image/${id}`));
    }
  }

  /** Takes note of an image's state; one that is not ready is looked at again after the others. */
  private note(id: string, { state, reason }: Image): void {
    const lap = this.pending.get(id);
    if (lap === undefined) return;
    this.pending.delete(id);
    if (state === "processed") lap.processed += 1;
    else if (state === "failed") throw new Error(`image ${id} could not be processed: ${reason ?? "no reason"}`);
    else this.pending.set(id, lap);
  }

  private async expect(status: number, method: string, path: string, photo?: Buffer): Promise<Image> {
    const content = photo === undefined ? undefined : formWith(photo, "photo.jpg");
    const answer = await this.client.ask(method, path, content);
    if (answer.status !== status) throw new Error(`${method} ${path}: status ${answer.status}, not ${status}`);
    return path === "/" ? {} : (JSON.parse(answer.body.toString()) as Image);
  }
}

/** What matters here of an image, as the API shows it. */
interface Image {
  readonly id?: string;
  readonly state?: string;
  readonly reason?: string;
}

function newLap(): Lap {
  return { sent: 0, failed: 0, failures: [], slowestMs: 0, uploaded: [], processed: 0 };
}

function fail(lap: Lap, what: string): void {
  lap.failed += 1;
  if (lap.failures.length < keptFailures) lap.failures.push(what);
}

/** Adds the requests of a second lap to a first one; its images may not be processed yet and are left out. */
export function addRequests(lap: Lap, second: Lap): void {
  lap.sent += second.sent;
  lap.failed += second.failed;
  lap.failures.push(...second.failures.slice(0, keptFailures - lap.failures.length));
  lap.slowestMs = Math.max(lap.slowestMs, second.slowestMs);
}
