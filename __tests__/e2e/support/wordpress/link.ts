import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** The network between one machine and a server: it can be cut, go silent, and lead somewhere else. */
export class Link {
  /** open: everything passes; cut: connections end at once; silent: they are taken, and nothing comes */
  #state: "open" | "cut" | "silent" = "open";
  readonly #sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private to: number,
  ) {}

  /** @param to port of 127.0.0.1 at its other end */
  static async start(to: number): Promise<Link> {
    const server = createServer();
    const link = new Link(server, to);
    server.on("connection", (socket) => {
      link.connected(socket);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return link;
  }

  /** Port of 127.0.0.1 at this end */
  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  open(): void {
    this.become("open");
  }

  /** Leads elsewhere from now on. @param to port of 127.0.0.1 */
  lead(to: number): void {
    this.to = to;
    this.become("open");
  }

  /** Ends what is connected, and what comes. */
  cut(): void {
    this.become("cut");
  }

  /** Ends what is connected, and takes what comes without a word. */
  silence(): void {
    this.become("silent");
  }

  close(): void {
    this.become("cut");
    this.server.close();
  }

  private become(state: "open" | "cut" | "silent"): void {
    this.#state = state;
    for (const socket of this.#sockets) socket.destroy();
  }

  private connected(socket: Socket): void {
    this.keep(socket);
    if (this.#state === "cut") socket.resetAndDestroy();
    if (this.#state !== "open") return;
    const onward = connect(this.to, "127.0.0.1");
    this.keep(onward);
    socket.pipe(onward).pipe(socket);
    onward.on("close", () => socket.destroy());
    socket.on("close", () => onward.destroy());
  }

  private keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    // The end of one side is the end of the other.
    socket.on("error", () => undefined);
  }
}
