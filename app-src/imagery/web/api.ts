import type { Process } from "../shared/process";

/** A process as the API shows it. */
export type ImageProcess = Pick<Process, "id" | "version" | "state" | "createdAt" | "uploadedAt" | "reason"> & {
  /** Works for five minutes. */
  readonly processedUrl?: string;
};

/** The server's answer when it refuses (RFC 9457). */
export class ProblemError extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    detail: string,
  ) {
    super(detail);
    this.name = "ProblemError";
  }
}

/** No answer came. */
export class ConnectionError extends Error {
  constructor() {
    super("The server could not be reached. Check the connection and try again.");
    this.name = "ConnectionError";
  }
}

/** Whether the same request may well succeed a little later. */
export function isPassing(error: unknown): boolean {
  return (
    error instanceof ConnectionError || (error instanceof ProblemError && (error.status === 429 || error.status >= 500))
  );
}

export async function createProcess(): Promise<{ id: string }> {
  return call("POST", "/image") as Promise<{ id: string }>;
}

export async function getProcess(id: string): Promise<ImageProcess> {
  return call("GET", `/image/${encodeURIComponent(id)}`) as Promise<ImageProcess>;
}

/**
 * Sends the file. An XMLHttpRequest, because fetch does not tell how much has been sent.
 * @param onProgress gets the part that is sent, 0 to 1
 */
export async function uploadFile(id: string, file: File, onProgress: (part: number) => void): Promise<void> {
  const form = new FormData();
  form.append("file", file, file.name);
  await new Promise<void>((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/image/${encodeURIComponent(id)}/upload`);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      onProgress(total > 0 ? loaded / total : 0);
    });
    request.addEventListener("load", () => {
      if (request.status < 300) resolve();
      else reject(problemFrom(request.status, request.responseText));
    });
    for (const event of ["error", "abort", "timeout"]) {
      request.addEventListener(event, () => {
        reject(new ConnectionError());
      });
    }
    request.send(form);
  });
}

async function call(method: string, path: string): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(path, { method, headers: { Accept: "application/json" } });
  } catch {
    // fetch rejects for one reason only: no answer.
    throw new ConnectionError();
  }
  if (!response.ok) throw problemFrom(response.status, await response.text());
  return response.json();
}

function problemFrom(status: number, body: string): ProblemError {
  const fallback = `The server answered with status ${status}.`;
  try {
    const { title, detail } = JSON.parse(body) as { title?: string; detail?: string };
    return new ProblemError(status, title ?? "Something went wrong", detail ?? fallback);
  } catch {
    // Not the application's answer but, say, the load balancer's HTML.
    return new ProblemError(status, "Something went wrong", fallback);
  }
}
