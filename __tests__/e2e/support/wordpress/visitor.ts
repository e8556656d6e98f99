import { once } from "node:events";
import { request, type IncomingHttpHeaders, type IncomingMessage } from "node:http";

/** An answer of a web server, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

export interface Question {
  /** Default GET, or POST where there is a body */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Fields of a form, or a file's content */
  readonly body?: URLSearchParams | Buffer;
}

/** Somebody with a browser that keeps cookies, and the load balancer between: it chooses the machine, by its port. */
export class Visitor {
  readonly cookies = new Map<string, string>();

  /** @param site URL of the site, as people see it */
  constructor(private readonly site: string) {}

  /** Asks one machine for a path. Redirects are answers, too. */
  async ask(port: number, path: string, { method, headers = {}, body }: Question = {}): Promise<Answer> {
    const { host, protocol } = new URL(this.site);
    const outgoing = request({
      host: "127.0.0.1",
      port,
      path,
      method: method ?? (body === undefined ? "GET" : "POST"),
      // A connection each, so that what a server has closed is never asked again.
      agent: false,
      headers: {
        host,
        "x-forwarded-proto": protocol.slice(0, -1),
        "x-forwarded-for": "203.0.113.7",
        ...(this.cookies.size > 0 ? { cookie: [...this.cookies].map((pair) => pair.join("=")).join("; ") } : {}),
        ...(body instanceof URLSearchParams ? { "content-type": "application/x-www-form-urlencoded" } : {}),
        ...headers,
      },
    });
    outgoing.end(body instanceof URLSearchParams ? body.toString() : body);
    const [response] = (await once(outgoing, "response")) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    this.keep(response.headers["set-cookie"] ?? []);
    const content = Buffer.concat(chunks);
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: content,
      text: content.toString("utf8"),
    };
  }

  /** Logs in by WordPress's form. @returns the answer: a redirect, or the form again with what is wrong */
  async logIn(port: number, password: string, user = "admin"): Promise<Answer> {
    // The form gives a cookie, by which WordPress finds out whether the browser keeps any.
    await this.ask(port, "/wp-login.php");
    const body = new URLSearchParams({ log: user, pwd: password, "wp-submit": "Log In", testcookie: "1" });
    return this.ask(port, "/wp-login.php", { body });
  }

  /** Calls WordPress's REST API as the user who is logged in. @returns what it answers with success */
  async rest<T>(port: number, path: string, body: unknown): Promise<T> {
    const json = { "content-type": "application/json" };
    return this.restOf(port, path, Buffer.from(JSON.stringify(body)), json);
  }

  /** Uploads a file into the media library. */
  async upload<T>(port: number, name: string, type: string, content: Buffer): Promise<T> {
    const headers = { "content-type": type, "content-disposition": `attachment; filename="${name}"` };
    return this.restOf(port, "/wp/v2/media", content, headers);
  }

  private async restOf<T>(port: number, path: string, body: Buffer, headers: Record<string, string>): Promise<T> {
    const nonce = await this.ask(port, "/wp-admin/admin-ajax.php?action=rest-nonce");
    if (nonce.status !== 200) throw new Error(`nobody is logged in: ${nonce.status} ${nonce.text}`);
    const signed = { ...headers, "x-wp-nonce": nonce.text };
    const { status, text } = await this.ask(port, `/wp-json${path}`, { body, headers: signed });
    if (status >= 300) throw new Error(`POST ${path}: ${status} ${text}`);
    return JSON.parse(text) as T;
  }

  private keep(headers: readonly string[]): void {
    for (const header of headers) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(header) ?? [];
      if (/max-age=0|expires=[^;]*(1970|202[0-5])/i.test(header)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }
}
