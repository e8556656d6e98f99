import type { ConsoleSource } from "../../../../../tools/local/console/source";
import type { EventKind, FleetEvent } from "../../../../../tools/local/journal";
import type { ObjectContent, StoredObject } from "../../../../../tools/local/objects";
import type {
  AlarmSnapshot,
  FleetSnapshot,
  HistorySample,
  InstanceSnapshot,
  QueueSnapshot,
  StackSnapshot,
} from "../../../../../tools/local/snapshot";

const zoneNames = ["zone a", "zone b"];

interface StoredPicture extends StoredObject, ObjectContent {
  readonly bucket: string;
}

/**
 * A stack of one fleet without processes, that behaves as the real one does: what is killed is replaced, in a zone that is
 * up. It changes only when it is acted upon, so that tests see what they have brought about.
 */
export class FakeStack implements ConsoleSource {
  readonly instances: InstanceSnapshot[] = [];
  readonly events: FleetEvent[] = [];
  readonly history: HistorySample[] = [];
  readonly objects: StoredPicture[] = [];
  /** How often it was looked at. */
  looks = 0;
  /** What was asked of it, "kill worker i-1". */
  readonly asked: string[] = [];
  /** Makes the next looks and actions fail. */
  failure: Error | undefined;
  /** Makes the listing of buckets fail. */
  listingFailure: Error | undefined;
  /** Makes looks wait. */
  hold: Promise<void> | undefined;
  queues: QueueSnapshot[] = [
    { name: "work-dead-letter", visible: 0, inFlight: 0, deadLetter: true },
    { name: "work", visible: 12, inFlight: 2, deadLetter: false },
  ];
  alarms: AlarmSnapshot[] = [
    {
      name: "worker-backlog-high",
      state: "ALARM",
      value: 12,
      threshold: 5,
      description: "Sum of ApproximateNumberOfMessagesVisible over 300 s",
      scaling: true,
    },
    { name: "work-dead-letters", state: "OK", value: 0, threshold: 0, description: "Messages gave up", scaling: false },
  ];
  private readonly down = new Set<string>();
  private launched = 0;

  constructor(
    readonly name = "url2png",
    private readonly desired = 2,
  ) {
    this.fill();
  }

  snapshot(): Promise<StackSnapshot> {
    this.looks += 1;
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const now = Date.now();
    const fleet: FleetSnapshot = {
      name: "worker",
      min: 1,
      max: 2,
      desired: this.desired,
      instances: [...this.instances],
      zones: zoneNames.map((name) => ({ name, up: !this.down.has(name) })),
    };
    const snapshot: StackSnapshot = {
      stack: this.name,
      timeFactor: 30,
      url: "http://localhost:8080",
      now,
      fleets: [fleet],
      queues: this.queues,
      alarms: this.alarms,
      buckets: ["pictures"],
      events: [...this.events],
      history: [...this.history],
    };
    return this.hold === undefined ? Promise.resolve(snapshot) : this.hold.then(() => snapshot);
  }

  killInstance(fleet: string, id: string): Promise<void> {
    this.ask(`kill ${fleet} ${id}`);
    this.lose(({ id: each }) => each === id);
    return Promise.resolve();
  }

  takeZoneDown(zone: string): Promise<void> {
    this.ask(`down ${zone}`);
    this.down.add(zone);
    this.note("zone", `${zone} is down`);
    this.lose((instance) => instance.zone === zone);
    return Promise.resolve();
  }

  bringZoneBack(zone: string): Promise<void> {
    this.ask(`up ${zone}`);
    this.down.delete(zone);
    this.note("zone", `${zone} is back`);
    return Promise.resolve();
  }

  latestObjects(bucket: string, count: number): Promise<StoredObject[]> {
    if (this.listingFailure !== undefined) return Promise.reject(this.listingFailure);
    const newestFirst = this.objects.filter((object) => object.bucket === bucket).reverse();
    return Promise.resolve(newestFirst.slice(0, count));
  }

  readObject(bucket: string, key: string): Promise<ObjectContent | undefined> {
    return Promise.resolve(this.objects.find((object) => object.bucket === bucket && object.key === key));
  }

  /** Writes an object. */
  put(key: string, contentType: string, body: Uint8Array): void {
    this.objects.push({ bucket: "pictures", key, contentType, body, modifiedAt: Date.now() });
  }

  note(kind: EventKind, text: string, fleet?: string): void {
    this.events.push({ at: Date.now(), kind, text, ...(fleet !== undefined && { fleet }) });
  }

  /** Changes what an instance is like. */
  change(id: string, change: Partial<InstanceSnapshot>): void {
    const index = this.instances.findIndex((instance) => instance.id === id);
    const before = this.instances[index];
    if (before === undefined) throw new Error(`there is no instance ${id}`);
    this.instances[index] = { ...before, ...change };
  }

  private ask(what: string): void {
    this.asked.push(what);
    if (this.failure !== undefined) throw this.failure;
  }

  private lose(which: (instance: InstanceSnapshot) => boolean): void {
    for (const lost of this.instances.filter(which)) {
      this.instances.splice(this.instances.indexOf(lost), 1);
      this.note("lost", `${lost.id} was killed`, "worker");
    }
    this.fill();
  }

  /** Launches what is missing, in the zone that is up and has the fewest. */
  private fill(): void {
    while (this.instances.length < this.desired) {
      const inZone = (zone: string): number => this.instances.filter((instance) => instance.zone === zone).length;
      const [zone] = zoneNames.filter((name) => !this.down.has(name)).sort((a, b) => inZone(a) - inZone(b));
      if (zone === undefined) return;
      this.launched += 1;
      const id = `i-${this.launched}`;
      this.note("launch", `${id} in ${zone}`, "worker");
      this.instances.push({
        id,
        zone,
        pid: 1000 + this.launched,
        state: "in-service",
        health: "healthy",
        cpuPercent: 42,
        startedAt: Date.now(),
        image: "local",
      });
    }
  }
}
