import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import {
  ProcessNotFoundError,
  StateConflictError,
  processedKeyOf,
  uploadKey,
  type Process,
  type State,
} from "../../../../app-src/imagery/shared/process";
import { ProcessTable } from "../../../../app-src/imagery/shared/process-table";
import { startAwsEmulators, type AwsEmulators } from "../../../support/aws";

const UNKNOWN = "00000000-0000-4000-8000-000000000000";
const TIME = Date.UTC(2026, 10, 23);

let aws: AwsEmulators;
let table: ProcessTable;

beforeAll(async () => {
  aws = await startAwsEmulators();
  table = new ProcessTable(aws.dynamodb, aws.tableName);
});
afterAll(() => aws.stop());

/** A process that has come into a state by the ordinary way. */
async function processIn(state: State): Promise<Process> {
  const created = await table.create();
  if (state === "created") return created;
  const uploaded = await table.markUploaded(created.id, TIME);
  if (state === "processed") return table.markProcessed(created.id, uploadKey(created.id, TIME));
  if (state === "failed") return table.markFailed(created.id, uploadKey(created.id, TIME), "cannot be decoded");
  return uploaded;
}

const transitions = {
  uploaded: (id: string) => table.markUploaded(id, TIME),
  processed: (id: string) => table.markProcessed(id, uploadKey(id, TIME)),
  failed: (id: string) => table.markFailed(id, uploadKey(id, TIME), "cannot be decoded"),
};
type Target = keyof typeof transitions;

describe("ProcessTable", () => {
  it("when a process is created, stores version 0 in state created", async () => {
    const created = await table.create();
    expect(created).toMatchObject({ version: 0, state: "created" });
    expect(new Date(created.createdAt).toISOString()).toBe(created.createdAt);
    expect(await table.get(created.id)).toEqual(created);
  });

  it("when no process has the id, gets nothing", async () => {
    expect(await table.get(UNKNOWN)).toBeUndefined();
  });

  describe("a change that the state allows", () => {
    it("created → uploaded sets key, time and the mark of the outbox, and counts the version", async () => {
      const { id } = await table.create();
      expect(await table.markUploaded(id, TIME)).toMatchObject({
        version: 1,
        state: "uploaded",
        rawKey: `upload/${id}-${TIME}`,
        uploadedAt: "2026-11-23T00:00:00.000Z",
        unqueued: "upload",
        unqueuedSince: TIME,
      });
    });

    it("uploaded → uploaded takes a later upload", async () => {
      const { id } = await processIn("uploaded");
      expect(await table.markUploaded(id, TIME + 5)).toMatchObject({
        version: 2,
        state: "uploaded",
        rawKey: uploadKey(id, TIME + 5),
        unqueuedSince: TIME + 5,
      });
    });

    it("uploaded → processed sets the result's key and takes the mark off", async () => {
      const { id } = await processIn("uploaded");
      const processed = await table.markProcessed(id, uploadKey(id, TIME));
      expect(processed).toMatchObject({ version: 2, state: "processed", processedKey: `processed/${id}-${TIME}.png` });
      expect(processed).not.toHaveProperty("unqueued");
      expect(processed).not.toHaveProperty("unqueuedSince");
    });

    it("uploaded → failed keeps the reason and takes the mark off", async () => {
      const { id } = await processIn("uploaded");
      const failed = await table.markFailed(id, uploadKey(id, TIME), "the file is cut off");
      expect(failed).toMatchObject({ version: 2, state: "failed", reason: "the file is cut off" });
      expect(failed).not.toHaveProperty("unqueued");
    });
  });

  describe.each<[State, Target[]]>([
    ["created", ["uploaded"]],
    ["uploaded", ["uploaded", "processed", "failed"]],
    ["processed", ["processed"]],
    ["failed", ["failed"]],
  ])("a process that is %s", (from, allowed) => {
    it.each(Object.keys(transitions) as Target[])("→ %s happens exactly when it may", async (to) => {
      const before = await processIn(from);
      if (allowed.includes(to)) {
        expect((await transitions[to](before.id)).state).toBe(to);
      } else {
        await expect(transitions[to](before.id)).rejects.toThrow(StateConflictError);
        await expect(transitions[to](before.id)).rejects.toMatchObject({ from, to });
        expect(await table.get(before.id)).toEqual(before);
      }
    });
  });

  it.each(Object.keys(transitions) as Target[])("when %s is said twice, the second changes nothing", async (to) => {
    const { id } = await processIn("uploaded");
    const first = await transitions[to](id);
    expect(await transitions[to](id)).toEqual(first);
  });

  it.each(Object.keys(transitions) as Target[])("when no process has the id, → %s says so", async (to) => {
    await expect(transitions[to](UNKNOWN)).rejects.toThrow(ProcessNotFoundError);
    expect(await table.get(UNKNOWN)).toBeUndefined();
  });

  it.each([
    ["markProcessed", (id: string) => table.markProcessed(id, uploadKey(id, TIME))],
    ["markFailed", (id: string) => table.markFailed(id, uploadKey(id, TIME), "too late")],
  ])("when a later upload came, %s of the earlier one is ignored", async (_, change) => {
    const { id } = await processIn("uploaded");
    const later = await table.markUploaded(id, TIME + 1);
    expect(await change(id)).toEqual(later);
    expect(await table.get(id)).toEqual(later);
  });

  it("when a later upload came since the process was read, markProcessed of the earlier one is ignored", async () => {
    const known = await processIn("uploaded");
    const later = await table.markUploaded(known.id, TIME + 1);
    expect(await table.markProcessed(known.id, uploadKey(known.id, TIME), known)).toEqual(later);
  });

  it("when many change one process at once, every lost race is retried and no change is lost", async () => {
    const { id } = await table.create();
    const times = [1, 2, 3, 4, 5].map((n) => TIME + n);
    await Promise.all(times.map((time) => table.markUploaded(id, time)));
    const after = await table.get(id);
    expect(after).toMatchObject({ state: "uploaded", version: times.length });
    expect(times.map((time) => uploadKey(id, time))).toContain(after?.rawKey);
  });

  it("when two workers finish the same upload at once, it is processed once", async () => {
    const { id } = await processIn("uploaded");
    const results = await Promise.all([transitions.processed(id), transitions.processed(id)]);
    expect(results.map(({ version }) => version)).toEqual([2, 2]);
  });

  it("when a process is given up and processed at once, one of the two wins", async () => {
    const { id } = await processIn("uploaded");
    const results = await Promise.allSettled([transitions.processed(id), transitions.failed(id)]);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect((await table.get(id))?.version).toBe(2);
  });

  describe("the outbox", () => {
    it("lists what was marked at or before a time, the oldest first, up to a limit", async () => {
      const outbox = new ProcessTable(aws.dynamodb, aws.tableName);
      const early = Date.UTC(2001, 0);
      const ids: string[] = [];
      for (const offset of [2, 0, 1, 3]) {
        const { id } = await outbox.create();
        await outbox.markUploaded(id, early + offset);
        ids[offset] = id;
      }
      const entries = ids.map((id, offset) => ({ id, unqueuedSince: early + offset }));
      expect((await outbox.listUnqueued(early + 2, 10)).map(({ id }) => id)).toEqual(ids.slice(0, 3));
      expect(await outbox.listUnqueued(early + 3, 2)).toMatchObject(entries.slice(0, 2));
      for (const { id, unqueuedSince } of entries) await outbox.markQueued(id, unqueuedSince);
      expect(await outbox.listUnqueued(early + 3, 10)).toEqual([]);
    });

    it("when the mark is taken off, state and version stay", async () => {
      const uploaded = await processIn("uploaded");
      await table.markQueued(uploaded.id, TIME);
      const after = await table.get(uploaded.id);
      expect(after).toMatchObject({ state: "uploaded", version: uploaded.version });
      expect(after).not.toHaveProperty("unqueued");
    });

    it("when a later upload has set the mark anew, taking the earlier one off leaves it", async () => {
      const { id } = await processIn("uploaded");
      const later = await table.markUploaded(id, TIME + 1);
      await table.markQueued(id, TIME);
      expect(await table.get(id)).toEqual(later);
    });

    it("when there is no mark or no process, taking it off does nothing", async () => {
      const processed = await processIn("processed");
      await table.markQueued(processed.id, TIME);
      await table.markQueued(UNKNOWN, TIME);
      expect(await table.get(processed.id)).toEqual(processed);
      expect(await table.get(UNKNOWN)).toBeUndefined();
    });
  });

  it("when an item carries attributes it does not know, leaves them alone", async () => {
    const { id, ...rest } = await processIn("uploaded");
    await aws.dynamodb.send(new PutCommand({ TableName: aws.tableName, Item: { ...rest, id, owner: "ada" } }));
    expect(await table.markProcessed(id, uploadKey(id, TIME))).toMatchObject({ owner: "ada" });
  });
});

describe("object keys", () => {
  it("carry the upload's time from the uploaded to the processed object", () => {
    expect(uploadKey("a", 1)).toBe("upload/a-1");
    expect(processedKeyOf(uploadKey("a", 1))).toBe("processed/a-1.png");
  });
});
