import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
  type DynamoDBDocumentClient,
} from "@aws-sdk/lib-dynamodb";
import {
  ALLOWED_FROM,
  ProcessNotFoundError,
  StateConflictError,
  processedKeyOf,
  uploadKey,
  type Process,
  type State,
} from "./process";

/** Name of the sparse index over the processes whose message is not known to be in the queue. */
export const UNQUEUED_INDEX = "unqueued";

/** A lost race is retried this often before the caller hears of it. */
const MAX_ATTEMPTS = 10;

type Target = Exclude<State, "created">;

/** What a change sets (`undefined` removes the attribute) on top of state and version. */
type Changes = Partial<Omit<Process, "id" | "version" | "state" | "createdAt">>;

/**
 * The state machine on its DynamoDB table. Every change is one conditional update: the item exists, its version is the
 * expected one, its state is one that the new state may follow. Every change may be repeated without harm.
 */
export class ProcessTable {
  constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly tableName: string,
  ) {}

  /** Stores a new process in state `created`. */
  async create(): Promise<Process> {
    const process: Process = { id: randomUUID(), version: 0, state: "created", createdAt: new Date().toISOString() };
    await this.client.send(
      new PutCommand({ TableName: this.tableName, Item: process, ConditionExpression: "attribute_not_exists(id)" }),
    );
    return process;
  }

  /** The process as of now (a strongly consistent read). */
  async get(id: string): Promise<Process | undefined> {
    const { Item } = await this.client.send(
      new GetCommand({ TableName: this.tableName, Key: { id }, ConsistentRead: true }),
    );
    return Item as Process | undefined;
  }

  /**
   * `created | uploaded → uploaded`, marked as not queued yet.
   * @param time of the upload in milliseconds since the epoch, the one in the object's key
   * @throws ProcessNotFoundError, StateConflictError
   */
  async markUploaded(id: string, time: number): Promise<Process> {
    const rawKey = uploadKey(id, time);
    return this.change(id, "uploaded", (current) =>
      current.rawKey === rawKey
        ? undefined
        : { rawKey, uploadedAt: new Date(time).toISOString(), unqueued: "upload", unqueuedSince: time },
    );
  }

  /**
   * Takes the mark "not queued yet" off, unless a later upload has set it anew. Not a change of state: the version stays.
   * @param since the mark's `unqueuedSince`
   */
  async markQueued(id: string, since: number): Promise<void> {
    try {
      await this.client.send(
        new UpdateCommand({
          TableName: this.tableName,
          Key: { id },
          UpdateExpression: "REMOVE unqueued, unqueuedSince",
          ConditionExpression: "unqueuedSince = :since",
          ExpressionAttributeValues: { ":since": since },
        }),
      );
    } catch (error) {
      // The mark is gone already (a worker was faster) or belongs to a later upload: nothing is left to do.
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  /**
   * `uploaded | processed → processed`.
   * @param rawKey the upload that was processed
   * @param known the process as read before, which saves reading it again unless it has changed meanwhile
   * @returns the process; still `uploaded`, under another key, when a later upload has replaced the one processed
   * @throws ProcessNotFoundError, StateConflictError
   */
  async markProcessed(id: string, rawKey: string, known?: Process): Promise<Process> {
    return this.change(
      id,
      "processed",
      (current) =>
        current.state === "processed" || current.rawKey !== rawKey
          ? undefined
          : { processedKey: processedKeyOf(rawKey), unqueued: undefined, unqueuedSince: undefined },
      known,
    );
  }

  /**
   * `uploaded | failed → failed`, for a file that can never be processed.
   * @param reason in words for the image's owner
   * @returns the process; still `uploaded`, under another key, when a later upload has replaced the one that failed
   * @throws ProcessNotFoundError, StateConflictError
   */
  async markFailed(id: string, rawKey: string, reason: string): Promise<Process> {
    return this.change(id, "failed", (current) =>
      current.state === "failed" || current.rawKey !== rawKey
        ? undefined
        : { reason, unqueued: undefined, unqueuedSince: undefined },
    );
  }

  /**
   * Ids and marks of the processes marked uploaded at or before a time, whose message is not known to be in the queue.
   * @param before milliseconds since the epoch
   * @param limit at most so many, the oldest first
   */
  async listUnqueued(before: number, limit: number): Promise<{ id: string; unqueuedSince: number }[]> {
    const { Items } = await this.client.send(
      new QueryCommand({
        TableName: this.tableName,
        IndexName: UNQUEUED_INDEX,
        KeyConditionExpression: "unqueued = :upload AND unqueuedSince <= :before",
        ExpressionAttributeValues: { ":upload": "upload", ":before": before },
        Limit: limit,
      }),
    );
    return (Items ?? []) as { id: string; unqueuedSince: number }[];
  }

  /** @param decide what to set, given the present item; `undefined` when the change is already made or no longer wanted */
  private async change(
    id: string,
    to: Target,
    decide: (current: Process) => Changes | undefined,
    known?: Process,
  ): Promise<Process> {
    for (let attempt = 1; ; attempt++) {
      const current = attempt === 1 && known ? known : await this.get(id);
      if (!current) throw new ProcessNotFoundError(id);
      if (!ALLOWED_FROM[to].includes(current.state)) throw new StateConflictError(id, current.state, to);
      const changes = decide(current);
      if (!changes) return current;
      try {
        return await this.update(current, to, changes);
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException) || attempt === MAX_ATTEMPTS) throw error;
        await sleep(Math.random() * 20 * attempt);
      }
    }
  }

  private async update(current: Process, to: Target, changes: Changes): Promise<Process> {
    const allowed = ALLOWED_FROM[to].map((state, i) => [`:from${i}`, state] as const);
    const set = ["#state = :to", "#version = :next"];
    const remove: string[] = [];
    const values: Record<string, unknown> = {};
    for (const [name, value] of Object.entries<Changes[keyof Changes]>(changes)) {
      if (value === undefined) remove.push(`#${name}`);
      else {
        set.push(`#${name} = :${name}`);
        values[`:${name}`] = value;
      }
    }
    const { Attributes } = await this.client.send(
      new UpdateCommand({
        TableName: this.tableName,
        Key: { id: current.id },
        UpdateExpression: `SET ${set.join(", ")}${remove.length > 0 ? ` REMOVE ${remove.join(", ")}` : ""}`,
        ConditionExpression: `attribute_exists(id) AND #version = :expected AND #state IN (${allowed.map(([name]) => name).join(", ")})`,
        ExpressionAttributeNames: Object.fromEntries(
          ["state", "version", ...Object.keys(changes)].map((name) => [`#${name}`, name]),
        ),
        ExpressionAttributeValues: {
          ...values,
          ...Object.fromEntries(allowed),
          ":to": to,
          ":expected": current.version,
          ":next": current.version + 1,
        },
        ReturnValues: "ALL_NEW",
      }),
    );
    return Attributes as Process;
  }
}
