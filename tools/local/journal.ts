/** What happened to a stack, in the words that a person reads in the console. */
export interface FleetEvent {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly kind: EventKind;
  /** The fleet it happened to; none for what concerns the whole stack. */
  readonly fleet?: string;
  readonly text: string;
}

export type EventKind =
  "launch" | "in-service" | "lost" | "terminate" | "scale-out" | "scale-in" | "alarm" | "schedule" | "zone" | "refresh";

/** Takes note of an event that happens now. */
export type Note = (kind: EventKind, text: string) => void;

/** How many events are kept, the newest ones. */
const kept = 500;

/** What happened since the stack was started. */
export class Journal {
  private readonly entries: FleetEvent[] = [];

  /** Newest last */
  get events(): readonly FleetEvent[] {
    return [...this.entries];
  }

  /** Takes note for a fleet, or for the whole stack. */
  noteFor(fleet: string | undefined): Note {
    return (kind, text) => {
      this.entries.push({ at: Date.now(), kind, ...(fleet !== undefined && { fleet }), text });
      this.entries.splice(0, this.entries.length - kept);
    };
  }
}
