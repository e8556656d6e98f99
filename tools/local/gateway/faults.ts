import { type Operation, type Service, services } from "./requests";

/** A way in which the gateway misbehaves. */
export interface Fault {
  /** What happens to a request that is hit */
  readonly kind:
    /** it is answered only after `delayMs` */
    | "latency"
    /** it is refused with the service's own throttling error */
    | "throttle"
    /** it is refused with the service's own 5xx error */
    | "error"
    /** the connection is closed and the service never sees the request */
    | "drop"
    /** the service does its work and the connection is closed before the answer */
    | "drop-answer"
    /** it waits until the fault is removed, and then goes on */
    | "hold";
  /** Only requests to this service @default every service */
  readonly service?: Service;
  /** Only requests of this operation ("SendMessage") @default every operation */
  readonly operation?: string;
  /** Only requests of this role, by the name its fleet has in the stack ("server") @default every caller */
  readonly caller?: string;
  /** Ends after so many hits @default no end */
  readonly times?: number;
  /** The share of matching requests that is hit, 0..1 @default 1 */
  readonly probability?: number;
  /** Milliseconds that "latency" adds @default 100 */
  readonly delayMs?: number;
}

const kinds = ["latency", "throttle", "error", "drop", "drop-answer", "hold"] as const;
const texts = ["service", "operation", "caller"] as const;
const numbers = ["times", "probability", "delayMs"] as const;

/**
 * Reads a fault as the command line writes it: "throttle,service=sqs,probability=0.2".
 * @throws Error saying what is allowed
 */
export function parseFault(text: string): Fault {
  const [first, ...settings] = text.split(",");
  const kind = kinds.find((known) => known === first);
  if (kind === undefined) throw new Error(`a fault is one of ${kinds.join(", ")}, got ${JSON.stringify(first)}`);
  const fault: Record<string, string | number> = { kind };
  for (const setting of settings) {
    const [key = "", value = ""] = setting.split("=");
    if (texts.some((known) => known === key) && value !== "") fault[key] = value;
    else if (numbers.some((known) => known === key) && value !== "" && Number(value) >= 0) fault[key] = Number(value);
    else throw new Error(`a fault's settings are ${[...texts, ...numbers].join(", ")} with a value, got "${setting}"`);
  }
  if (fault.service !== undefined && !services.some((known) => known === fault.service)) {
    throw new Error(`a fault's service is one of ${services.join(", ")}, got ${JSON.stringify(fault.service)}`);
  }
  return checked(fault as unknown as Fault);
}

function checked(fault: Fault): Fault {
  const { probability = 1, times = 1 } = fault;
  if (!(probability >= 0 && probability <= 1)) throw new Error(`a fault's probability is 0..1, got ${probability}`);
  if (!Number.isInteger(times) || times < 1) throw new Error(`a fault's times is a whole number from 1, got ${times}`);
  return fault;
}

/** A fault in force. */
export interface ActiveFault {
  readonly fault: Fault;
  /** How many requests it hit */
  readonly hits: number;
  /** Resolves at the first hit */
  readonly firstHit: Promise<void>;
  /** Resolves when the fault is removed */
  readonly removed: Promise<void>;
  /** Ends the fault; what it holds goes on */
  remove(): void;
}

class Entry implements ActiveFault {
  hits = 0;
  readonly firstHit: Promise<void>;
  readonly removed: Promise<void>;
  private onHit: () => void = () => undefined;
  private onRemove: () => void = () => undefined;

  constructor(
    readonly fault: Fault,
    private readonly forget: (entry: Entry) => void,
  ) {
    this.firstHit = new Promise((resolve) => (this.onHit = resolve));
    this.removed = new Promise((resolve) => (this.onRemove = resolve));
  }

  hit(): void {
    this.hits += 1;
    this.onHit();
    if (this.hits === this.fault.times && this.fault.kind !== "hold") this.forget(this);
  }

  remove(): void {
    this.forget(this);
    this.onRemove();
  }
}

/** The faults of a gateway. What is left to chance is drawn from a seeded generator, so that a run can be repeated. */
export class Faults {
  private entries: Entry[] = [];
  private readonly random: () => number;

  /** @param seed of the random numbers @default 1 */
  constructor(seed = 1) {
    this.random = generator(seed);
  }

  /** Puts a fault into force. @throws Error for a probability or number of times that cannot be */
  add(fault: Fault): ActiveFault {
    const entry = new Entry(checked(fault), (ended) => {
      this.entries = this.entries.filter((other) => other !== ended);
    });
    this.entries.push(entry);
    return entry;
  }

  /** Ends all faults. */
  clear(): void {
    for (const entry of this.entries) entry.remove();
  }

  /** The faults that hit this request; each counts it. */
  hit(operation: Operation, caller: string): ActiveFault[] {
    const hit = this.entries.filter(({ hits, fault }) => {
      if (fault.times !== undefined && hits >= fault.times) return false;
      if (fault.service !== undefined && fault.service !== operation.service) return false;
      if (fault.operation !== undefined && fault.operation !== operation.name) return false;
      if (fault.caller !== undefined && fault.caller !== caller) return false;
      return fault.probability === undefined || this.random() < fault.probability;
    });
    for (const entry of hit) entry.hit();
    return hit;
  }
}

/** mulberry32: small, fast, and the same on every machine. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
