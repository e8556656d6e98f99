import { describe, expect, it } from "@jest/globals";
import { Journal } from "../../../tools/local/journal";

describe("the journal", () => {
  it("says what happened, to which fleet", () => {
    const journal = new Journal();
    journal.noteFor("worker")("lost", "i-1 lost");
    journal.noteFor(undefined)("zone", "zone a is down");
    expect(journal.events).toEqual([
      { at: expect.any(Number), kind: "lost", fleet: "worker", text: "i-1 lost" },
      { at: expect.any(Number), kind: "zone", text: "zone a is down" },
    ]);
  });

  it("keeps the 500 newest events, the newest last", () => {
    const journal = new Journal();
    const note = journal.noteFor("worker");
    for (let count = 1; count <= 502; count += 1) note("launch", String(count));
    expect([journal.events.length, journal.events[0]?.text, journal.events.at(-1)?.text]).toEqual([500, "3", "502"]);
  });
});
