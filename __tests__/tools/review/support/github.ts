import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const BOT = "github-actions[bot]";

export interface StoredComment {
  readonly id: number;
  readonly issue: number;
  readonly user: { readonly login: string };
  body: string;
}

export interface StoredIssue {
  readonly number: number;
  readonly user: { readonly login: string };
  title: string;
  body: string;
  state: string;
  labels: string[];
  pull_request?: object;
}

/** What stands for GitHub in a test: one repository with comments, issues and runs, behind the part of the API that is used. */
export class GitHubStandIn {
  readonly comments: StoredComment[] = [];
  readonly issues: StoredIssue[] = [];
  /** Commits of the workflow's successful runs, the newest first */
  runs: string[] = [];
  /** `METHOD path` of every request that changes something */
  readonly writes: string[] = [];
  readonly requests: string[] = [];
  /** When set, the answer to everything */
  failure: { readonly status: number; readonly message: string } | undefined;
  #nextId = 1;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        response.writeHead(500).end(JSON.stringify({ message: String(error) }));
      });
    });
  }

  static async start(): Promise<GitHubStandIn> {
    const standIn = new GitHubStandIn();
    standIn.#server.listen(0, "127.0.0.1");
    await once(standIn.#server, "listening");
    return standIn;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  /** What GitHub Actions sets for a job. */
  get env(): Record<string, string> {
    const { port } = this.#server.address() as AddressInfo;
    return {
      GITHUB_ACTIONS: "true",
      GITHUB_TOKEN: "token-of-the-job",
      GITHUB_REPOSITORY: "someone/steadfast",
      GITHUB_API_URL: `http://127.0.0.1:${port}`,
      GITHUB_SERVER_URL: "https://github.example",
      GITHUB_RUN_ID: "42",
      GITHUB_WORKFLOW_REF: "someone/steadfast/.github/workflows/release.yml@refs/heads/main",
    };
  }

  addComment(issue: number, body: string, login = BOT): StoredComment {
    const comment = { id: this.#nextId++, issue, user: { login }, body };
    this.comments.push(comment);
    return comment;
  }

  addIssue(issue: Partial<StoredIssue> & { readonly body: string }): StoredIssue {
    const number = this.#nextId++;
    const stored = { number, user: { login: BOT }, title: "", state: "open", labels: ["drift"], ...issue };
    this.issues.unshift(stored);
    return stored;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.env.GITHUB_API_URL);
    const method = request.method ?? "GET";
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = (chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString())) as Record<string, unknown>;
    this.requests.push(`${method} ${url.pathname}${url.search}`);
    const [status, answer] = this.#refusal(request) ?? this.#handle(method, url, body);
    if (Array.isArray(answer)) sendPage(response, url, answer);
    else send(response, status, answer);
  }

  #refusal({ headers }: IncomingMessage): [number, unknown] | undefined {
    if (this.failure) return [this.failure.status, { message: this.failure.message }];
    if (headers.authorization !== "token token-of-the-job") return [401, { message: "Bad credentials" }];
    return undefined;
  }

  #handle(method: string, url: URL, body: Record<string, unknown>): [number, unknown] {
    const path = url.pathname.replace("/repos/someone/steadfast/", "");
    if (method !== "GET") this.writes.push(`${method} ${path}`);
    return this.#route(method, path, url.searchParams, body) ?? [404, { message: "Not Found" }];
  }

  #route(
    method: string,
    path: string,
    query: URLSearchParams,
    body: Record<string, unknown>,
  ): [number, unknown] | undefined {
    const comments = /^issues\/(\d+)\/comments$/.exec(path);
    if (comments && method === "GET") return [200, this.comments.filter(({ issue }) => issue === Number(comments[1]))];
    if (comments) return [201, this.addComment(Number(comments[1]), String(body.body))];
    const comment = this.comments.find(({ id }) => path === `issues/comments/${id}`);
    if (comment && method === "PATCH") return [200, Object.assign(comment, body)];
    if (path === "issues" && method === "GET") {
      const labels = query.get("labels") ?? "";
      const state = query.get("state") ?? "open";
      return [
        200,
        this.issues.filter((issue) => issue.labels.includes(labels) && (state === "all" || issue.state === state)),
      ];
    }
    if (path === "issues") return [201, this.addIssue(body as unknown as StoredIssue)];
    const issue = this.issues.find(({ number }) => path === `issues/${number}`);
    if (issue && method === "PATCH") return [200, Object.assign(issue, body)];
    if (path === "actions/workflows/release.yml/runs" && query.get("branch") === "main") {
      return [200, { total_count: this.runs.length, workflow_runs: this.runs.map((head_sha) => ({ head_sha })) }];
    }
    return undefined;
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** As GitHub does: so many at once, with a link to the next page. */
function sendPage(response: ServerResponse, url: URL, all: readonly unknown[]): void {
  const size = Number(url.searchParams.get("per_page") ?? 30);
  const page = Number(url.searchParams.get("page") ?? 1);
  if (page * size < all.length) {
    const next = new URL(url);
    next.searchParams.set("page", `${page + 1}`);
    response.setHeader("link", `<${next.href}>; rel="next"`);
  }
  send(response, 200, all.slice((page - 1) * size, page * size));
}
