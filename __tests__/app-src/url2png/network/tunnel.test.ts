import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import { buffer, text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { pino } from "pino";
import { Gatekeeper, type Passage } from "../../../../app-src/url2png/network/gatekeeper";
import { eventually } from "../../../support/eventually";
import { startTcpServer, type TestServer } from "./support/servers";
import { rawThrough, tunnelThrough } from "./support/through";

/** All that comes, without an end to what can be sent. */
const textOf = async (socket: Socket): Promise<string> => text(socket.iterator({ destroyOnReturn: false }));

let gatekeeper: Gatekeeper;
let passage: Passage;
let server: TestServer | undefined;

beforeAll(() => {
  gatekeeper = new Gatekeeper({ allowedNetworks: ["127.0.0.1/32"], logger: pino({ level: "silent" }) });
});
beforeEach(async () => {
  passage = await gatekeeper.open();
});
afterEach(async () => {
  await passage.close();
  await server?.close();
  server = undefined;
});
afterAll(async () => {
  await gatekeeper.close();
});

describe("a tunnel", () => {
  it("carries bytes both ways as they are, and counts them", async () => {
    server = await startTcpServer((socket) => socket.pipe(socket));
    const { status, reason, socket } = await tunnelThrough(passage, `127.0.0.1:${server.port}`);
    expect([status, reason]).toEqual([200, undefined]);
    const sent = randomBytes(1_000_000);
    socket.end(sent);
    expect((await buffer(socket)).equals(sent)).toBe(true);
    expect([passage.bytes, passage.requests]).toEqual([2_000_000, 1]);
  });

  it("carries what came together with the request for it", async () => {
    server = await startTcpServer((socket) => socket.pipe(socket));
    const authority = `127.0.0.1:${server.port}`;
    expect(await rawThrough(passage, `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\nearly`)).toBe(
      "HTTP/1.1 200 Connection Established\r\n\r\nearly",
    );
  });

  it("lets a server answer after the browser's side has ended", async () => {
    server = await startTcpServer((socket) => {
      void textOf(socket).then((question) => socket.end(`answer to ${question}`));
    });
    const { socket } = await tunnelThrough(passage, `127.0.0.1:${server.port}`);
    socket.end("question");
    expect(await text(socket)).toBe("answer to question");
  });

  it("lets a browser send after the server's side has ended", async () => {
    let received: Promise<string> | undefined;
    server = await startTcpServer((socket) => {
      received = textOf(socket);
      socket.end("first");
    });
    const { socket } = await tunnelThrough(passage, `127.0.0.1:${server.port}`);
    socket.allowHalfOpen = true;
    expect(await textOf(socket)).toBe("first");
    socket.end("second");
    expect(await received).toBe("second");
  });

  it("whose server breaks off is closed", async () => {
    server = await startTcpServer((socket) => socket.once("data", () => socket.resetAndDestroy()));
    const { socket } = await tunnelThrough(passage, `127.0.0.1:${server.port}`);
    socket.resume().write("hello");
    await once(socket, "close");
    expect(passage.refusals).toMatchObject([{ reason: "connection-failed" }]);
  });

  it("whose browser breaks off is closed towards the server", async () => {
    let gone = false;
    server = await startTcpServer((socket) => socket.resume().on("end", () => (gone = true)));
    const { socket } = await tunnelThrough(passage, `127.0.0.1:${server.port}`);
    socket.resetAndDestroy();
    await eventually("the end of it", () => gone);
  });

  it("carries the handshake and the frames of a WebSocket", async () => {
    server = await startTcpServer((socket) => {
      socket.once("data", (head) => {
        expect(head.toString()).toMatch(/^GET \/chat HTTP\/1\.1\r\n/);
        socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
        socket.pipe(socket);
      });
    });
    const { socket } = await tunnelThrough(passage, `127.0.0.1:${server.port}`);
    socket.write("GET /chat HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString()).toContain("101 Switching Protocols");
    socket.write("\x81\x05hello");
    const [frame] = (await once(socket, "data")) as [Buffer];
    expect(frame.toString("latin1")).toBe("Â\x81\x05hello");
    socket.destroy();
  });
});
