import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Certificate } from "./certificates";

/** How a conversation comes to be encrypted: after a greeting and a request for TLS, as MySQL does it, or at once. */
type Start = "as MySQL" | "at once";

/** Somebody who stands where a server is expected, and takes down what they are told. They never let anybody in. */
export class Pretender {
  /** Everything that they could read */
  heard = Buffer.alloc(0);
  /** How many have come */
  visits = 0;
  readonly #sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly certificate: Certificate | undefined,
  ) {}

  /** @param certificate that they show. Without one, they say that they cannot do TLS. */
  static async start(certificate: Certificate | undefined, start: Start = "as MySQL"): Promise<Pretender> {
    const server = createServer();
    const pretender = new Pretender(server, certificate);
    server.on("connection", (socket) => {
      pretender.take(socket);
      if (start === "at once") pretender.encrypt(socket);
      else pretender.greet(socket);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return pretender;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.server.close();
  }

  private take(socket: Socket): void {
    this.visits += 1;
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    // Who does not trust them leaves without a word.
    socket.on("error", () => undefined);
  }

  private greet(socket: Socket): void {
    socket.write(greeting(this.certificate === undefined ? CAPABILITIES : CAPABILITIES | TLS));
    socket.once("data", (data) => {
      if (data.length === TLS_REQUEST) this.encrypt(socket);
      else this.hear(data, socket);
    });
  }

  private encrypt(socket: Socket): void {
    if (this.certificate === undefined) throw new Error("there is no certificate for TLS");
    const [key, cert] = [this.certificate.key, this.certificate.certificate].map((file) => readFileSync(file));
    const secure = new TLSSocket(socket, { isServer: true, key, cert });
    secure.on("error", () => socket.destroy());
    secure.on("data", (data: Buffer) => {
      this.hear(data, secure);
    });
  }

  private hear(data: Buffer, socket: Socket): void {
    this.heard = Buffer.concat([this.heard, data]);
    socket.destroy();
  }
}

/** Bits of MySQL's protocol: https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__capabilities__flags.html */
const TLS = 0x800;
/** Long passwords, database names, its protocol since 4.1, transactions, challenges, and plugins that check them. */
const CAPABILITIES = 0x1 | 0x8 | 0x200 | 0x2000 | 0x8000 | 0x80000;
/** Bytes of a request for TLS, in which nothing is secret. Who logs in without TLS says more. */
const TLS_REQUEST = 36;

/** A server's first packet: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html */
function greeting(capabilities: number): Buffer {
  const payload = Buffer.concat([
    Buffer.from("\x0a8.0.40\0", "latin1"),
    // The connection's number, and the first part of the challenge.
    Buffer.from([1, 0, 0, 0]),
    Buffer.from("abcdefgh\0", "latin1"),
    Buffer.from([capabilities & 0xff, (capabilities >> 8) & 0xff]),
    // utf8mb4, and a status: commits by itself.
    Buffer.from([45, 2, 0]),
    Buffer.from([(capabilities >> 16) & 0xff, (capabilities >> 24) & 0xff]),
    // The challenge's length, and its second part.
    Buffer.from([21]),
    Buffer.alloc(10),
    Buffer.from("ijklmnopqrst\0", "latin1"),
    Buffer.from("mysql_native_password\0", "latin1"),
  ]);
  return Buffer.concat([Buffer.from([payload.length, 0, 0, 0]), payload]);
}
