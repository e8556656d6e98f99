import { describe, expect, it } from "@jest/globals";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { Broadcast } from "../../../../tools/local/console/broadcast";
import { eventually } from "../../../support/eventually";

describe("a viewer that does not read", () => {
  it("misses what comes next, rather than filling the memory", async () => {
    let looks = 0;
    const megabyte = "x".repeat(1024 * 1024);
    const look = (): Promise<string> => {
      looks += 1;
      return Promise.resolve(megabyte);
    };
    const broadcast = new Broadcast(look, 1, () => undefined);
    const unread = new ServerResponse(new IncomingMessage(new Socket()));
    broadcast.add(unread);
    await eventually("30 looks", () => looks >= 30);
    expect(unread.writableLength).toBeGreaterThan(megabyte.length);
    expect(unread.writableLength).toBeLessThan(6 * megabyte.length);
    broadcast.close();
    expect(broadcast.size).toBe(0);
  });
});
