/** The states of a process: `created → uploaded → processed`, or `failed` when the file can never be decoded. */
export type State = "created" | "uploaded" | "processed" | "failed";

/** The way of one image through the system, as the table holds it. */
export interface Process {
  /** UUID, the table's partition key. */
  readonly id: string;
  /** Grows by one with every change: the lock of optimistic locking. */
  readonly version: number;
  readonly state: State;
  /** ISO 8601 time. */
  readonly createdAt: string;
  /** ISO 8601 time of the last upload. */
  readonly uploadedAt?: string;
  /** Key of the uploaded file in the bucket. */
  readonly rawKey?: string;
  /** Key of the processed image in the bucket. */
  readonly processedKey?: string;
  /** Why the image failed, in words for its owner. */
  readonly reason?: string;
  /** Partition key of the index `unqueued`; present only until the upload's message is known to be in the queue. */
  readonly unqueued?: "upload";
  /** Sort key of the index `unqueued`: when the mark was set, in milliseconds since the epoch. */
  readonly unqueuedSince?: number;
}

/** From which states a process may change into a state. A state follows itself so that every change can be repeated. */
export const ALLOWED_FROM: Record<Exclude<State, "created">, readonly State[]> = {
  uploaded: ["created", "uploaded"],
  processed: ["uploaded", "processed"],
  failed: ["uploaded", "failed"],
};

/** `upload/<id>-<time>`; the time is that of the upload, in milliseconds since the epoch. */
export function uploadKey(id: string, time: number): string {
  return `upload/${id}-${time}`;
}

/** `processed/<id>-<time>.png` with the upload's time, so that processing an upload twice writes the same object. */
export function processedKeyOf(rawKey: string): string {
  return `${rawKey.replace(/^upload\//, "processed/")}.png`;
}

/** There is no process with this id. */
export class ProcessNotFoundError extends Error {
  constructor(readonly id: string) {
    super(`no image process has the id ${id}`);
    this.name = "ProcessNotFoundError";
  }
}

/** The process is in a state that the wanted one may not follow. */
export class StateConflictError extends Error {
  constructor(
    readonly id: string,
    readonly from: State,
    readonly to: Exclude<State, "created">,
  ) {
    super(`image process ${id} is ${from}; ${to} may only follow ${ALLOWED_FROM[to].join(" or ")}`);
    this.name = "StateConflictError";
  }
}
