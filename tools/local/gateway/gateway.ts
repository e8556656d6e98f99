import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type Refusal, authenticate, serviceOf } from "./authentication";
import { answerError } from "./aws-errors";
import { type Caller, Credentials } from "./credentials";
import { type ActiveFault, Faults } from "./faults";
import { Forwarder } from "./forwarder";
import type { Access, RolePolicies } from "./iam";
import { type Operation, type Place, type Service, UnsupportedRequest, identify, needsBody } from "./requests";
import type { SignedRequest } from "./signature";

/** An access of a role, with the name of its fleet. */
export interface RecordedAccess extends Access {
  readonly caller: string;
  readonly role: string;
}

export interface GatewayOptions {
  readonly place: Place;
  /** Says in the stack's terms what to grant, so that an access is allowed */
  readonly suggest: (caller: Caller, access: Access) => string;
  readonly log: (line: string) => void;
  /** Seed of the faults' random numbers @default 1 */
  readonly seed?: number | undefined;
}

/**
 * The AWS API of this machine: one HTTP server in front of the emulators.
 *
 * It knows the caller by the access key, checks the signature, asks the role's policies, and only then passes the
 * request on. A refused call gets AWS's own error.
 */
export class Gateway {
  readonly credentials = new Credentials();
  readonly faults: Faults;
  /** Every access that a role was allowed, each once */
  readonly used = new Map<string, RecordedAccess>();
  /** Every call that a role was denied */
  readonly denied: RecordedAccess[] = [];

  private readonly server = createServer((request, response) => {
    this.handle(request, response).catch((error: unknown) => {
      // A caller who went away has ended its request itself.
      if (response.destroyed) return;
      this.options.log(`gateway: ${(error as Error).message}`);
      response.destroy();
    });
  });
  private forwarder: Forwarder | undefined;
  private policies: ReadonlyMap<string, RolePolicies> = new Map<string, RolePolicies>();

  constructor(private readonly options: GatewayOptions) {
    this.faults = new Faults(options.seed);
  }

  /** Starts listening on a free port of 127.0.0.1, and answers its URL. */
  async listen(): Promise<string> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    return this.url;
  }

  /** "http://127.0.0.1:<port>" */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Says where the requests go. Before this, none is served. */
  forwardTo(endpoints: Readonly<Record<Service, string>>, queueUrls: ReadonlyMap<string, string>): void {
    this.forwarder = new Forwarder(endpoints, queueUrls, `${this.url}/${this.options.place.accountId}`);
  }

  /** Says what each role may do, by the role's name, from the next request on. Before this, no role may do anything. */
  setPolicies(policies: ReadonlyMap<string, RolePolicies>): void {
    this.policies = policies;
  }

  /** Ends every connection and stops listening. */
  async close(): Promise<void> {
    this.faults.clear();
    const closed = once(this.server, "close");
    this.server.close();
    this.server.closeAllConnections();
    this.forwarder?.close();
    await closed;
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.url);
    const method = request.method ?? "GET";
    const service = serviceOf({ url, headers: request.headers });
    const refuse = ({ kind, message }: Refusal): void => {
      answerError(response, service, kind, message);
      request.resume();
    };

    const body = needsBody(service, method, url) ? await text(request) : undefined;
    const signed = { method, url, headers: request.headers, body: body ?? "" };
    const caller = authenticate(signed, this.credentials);
    if ("kind" in caller) {
      this.options.log(`gateway: ${method} ${url.pathname} was refused: ${caller.message}`);
      refuse(caller);
      return;
    }
    const operation = this.judge(caller, service, signed);
    if ("kind" in operation) {
      if (operation.kind === "unsupported") this.options.log(`gateway: ${operation.message}`);
      refuse(operation);
      return;
    }

    const faults = this.faults.hit(operation, caller.name);
    for (const fault of faults) {
      const refusal = await withstand(fault, request, response);
      if (refusal === undefined) continue;
      if (refusal !== "dropped") refuse(refusal);
      return;
    }
    // The caller may have died while its request was held: then the request never was.
    if (response.destroyed) return;
    const dropsAnswer = faults.some(({ fault }) => fault.kind === "drop-answer");
    if (this.forwarder === undefined) throw new Error("a request came before the emulators were there");
    await this.forwarder.forward(operation, { request, response, url, body }, (status) => {
      if (dropsAnswer) request.socket.destroy();
      const hidden = dropsAnswer ? undefined : this.hidesMissingObject(caller, operation, status);
      if (hidden !== undefined) refuse(hidden);
      return dropsAnswer || hidden !== undefined;
    });
  }

  /** What a request wants, if its caller may have it. */
  private judge(caller: Caller, service: Service, request: SignedRequest): Operation | Refusal {
    try {
      const operation = identify(service, request, this.options.place);
      return this.authorize(caller, operation) ?? operation;
    } catch (error) {
      if (!(error instanceof UnsupportedRequest)) throw error;
      return { kind: "unsupported", message: `${error.message} on this machine (${caller.name})` };
    }
  }

  /** S3 tells only those who may list a bucket that an object is missing; others are refused, and so it is here. */
  private hidesMissingObject(caller: Caller, operation: Operation, status: number): Refusal | undefined {
    if (status !== 404 || !["GetObject", "HeadObject"].includes(operation.name) || caller.role === undefined) {
      return undefined;
    }
    const [bucket = ""] = (operation.accesses[0]?.resource ?? "").split("/");
    const access = { action: "s3:ListBucket", resource: bucket };
    if (this.policies.get(caller.role)?.decide(access) === "allowed") return undefined;
    const missing = operation.accesses[0]?.resource ?? "";
    this.options.log(
      `${caller.name}: there is no object ${missing}; S3 says AccessDenied to those who may not list it`,
    );
    return { kind: "denied", message: this.refusalText(caller, access, false) };
  }

  /** AWS's refusal, or undefined when everything that the operation needs is allowed. */
  private authorize(caller: Caller, operation: Operation): Refusal | undefined {
    const { role } = caller;
    if (role === undefined) return undefined;
    for (const access of operation.accesses) {
      const decision = this.policies.get(role)?.decide(access) ?? "not allowed";
      const recorded = { caller: caller.name, role, ...access };
      if (decision !== "allowed") {
        this.denied.push(recorded);
        this.options.log(
          `denied: ${caller.name} ${access.action} on ${access.resource}; ${this.options.suggest(caller, access)}`,
        );
        return { kind: "denied", message: this.refusalText(caller, access, decision === "explicitly denied") };
      }
      this.used.set(`${role} ${access.action} ${access.resource}`, recorded);
    }
    return undefined;
  }

  private refusalText(caller: Caller, { action, resource }: Access, explicit: boolean): string {
    const user = `arn:aws:sts::${this.options.place.accountId}:assumed-role/${caller.role ?? ""}/${caller.session}`;
    const because = explicit
      ? "with an explicit deny in an identity-based policy"
      : `because no identity-based policy allows the ${action} action`;
    return `User: ${user} is not authorized to perform: ${action} on resource: ${resource} ${because}`;
  }
}

/** Does what a fault asks for: a refusal, "dropped" when there is nobody to answer any more, undefined to go on. */
async function withstand(
  { fault, removed }: ActiveFault,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Refusal | "dropped" | undefined> {
  switch (fault.kind) {
    case "latency":
      await new Promise((resolve) => setTimeout(resolve, fault.delayMs ?? 100));
      return undefined;
    case "hold":
      await Promise.race([removed, new Promise((resolve) => response.once("close", resolve))]);
      return undefined;
    case "throttle":
      return { kind: "throttled", message: "Rate exceeded (a fault that was asked for)" };
    case "error":
      return { kind: "unavailable", message: "Internal error (a fault that was asked for)" };
    case "drop":
      request.socket.destroy();
      return "dropped";
    case "drop-answer":
      return undefined;
  }
}
