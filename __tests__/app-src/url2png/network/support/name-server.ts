import { createSocket } from "node:dgram";
import { once } from "node:events";

/** What the name server says to a question: addresses, or an error code of DNS (2 is SERVFAIL, 3 is NXDOMAIN), or nothing at all. */
export type Answer = readonly string[] | number | undefined;

export interface NameServer {
  /** `127.0.0.1:<port>` */
  readonly address: string;
  /** The questions so far, such as `A example.org`. */
  readonly questions: string[];
  close(): void;
}

/** A name server on 127.0.0.1 that answers questions of type A (IPv4 addresses in `answer`) and has none of any other type. */
export async function startNameServer(answer: (name: string, type: string) => Answer): Promise<NameServer> {
  const questions: string[] = [];
  const socket = createSocket("udp4", (query, from) => {
    const labels: string[] = [];
    let at = 12; // after the header
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.toString("latin1", at + 1, at + 1 + length));
      at += 1 + length;
    }
    const question = query.subarray(12, at + 5);
    const type = query.readUInt16BE(at + 1) === 1 ? "A" : "AAAA";
    questions.push(`${type} ${labels.join(".")}`);
    const said = answer(labels.join("."), type);
    if (said === undefined) return;
    const addresses = typeof said === "number" ? [] : said;
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2); // the question's id
    header.writeUInt16BE(0x8180 | (typeof said === "number" ? said : 0), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(addresses.length, 6);
    const records = addresses.map((address) =>
      // The name by reference, type A, class IN, 0 seconds to live, 4 bytes
      Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split(".").map(Number)]),
    );
    socket.send(Buffer.concat([header, question, ...records]), from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return { address: `127.0.0.1:${socket.address().port}`, questions, close: () => void socket.close() };
}
