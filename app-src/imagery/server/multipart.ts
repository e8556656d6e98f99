import type { IncomingMessage } from "node:http";
import { Busboy, type BusboyFileStream, type BusboyHeaders, type BusboyInstance } from "@fastify/busboy";
import { ClientGoneError, Problem } from "./problem";

/** Name of the form's only field. */
export const FILE_FIELD = "file";

/** What a form may need on top of its file: boundaries and headers. */
const FRAMING_BYTES = 16 * 1024;

const onlyField = `the form must have one field, "${FILE_FIELD}", with one file`;

/**
 * The file of a multipart form that holds nothing else, while it arrives.
 * @param maxBytes largest accepted file
 * @returns the file's bytes. They end only when the whole form has arrived and was in order; until then they may throw
 *   Problem (400 malformed or not just one file, 413 too large) or ClientGoneError.
 * @throws Problem 400, 413, 415
 */
export async function receiveFile(request: IncomingMessage, maxBytes: number): Promise<AsyncGenerator<Buffer, void>> {
  const tooLarge = new Problem(413, `the file is larger than ${maxBytes} bytes (${maxBytes / 1024 / 1024} MiB)`);
  if (Number(request.headers["content-length"]) > maxBytes + FRAMING_BYTES) throw tooLarge;
  const form = parserFor(request, maxBytes);

  const { file, ended } = await new Promise<{ file: BusboyFileStream; ended: Promise<void> }>((resolve, reject) => {
    let current: BusboyFileStream | undefined;
    let finish: () => void = () => undefined;
    let fail: (error: Error) => void = reject;

    form.on("file", (name, stream) => {
      current = stream;
      const ended = new Promise<void>((done, failed) => {
        finish = done;
        fail = failed;
      });
      ended.catch((error: unknown) => stream.destroy(error as Error));
      stream.on("limit", () => {
        fail(tooLarge);
      });
      stream.on("error", (error) => {
        fail(malformed(error));
      });
      if (name === FILE_FIELD) resolve({ file: stream, ended });
      else reject(new Problem(400, `unexpected field ${JSON.stringify(name)}: ${onlyField}`));
    });
    form.on("field", (name: string) => {
      fail(new Problem(400, `unexpected field ${JSON.stringify(name)}: ${onlyField}`));
    });
    form.on("filesLimit", () => {
      fail(new Problem(400, `more than one file: ${onlyField}`));
    });
    form.on("partsLimit", () => {
      fail(new Problem(400, `more than one part: ${onlyField}`));
    });
    form.on("error", (error: unknown) => {
      fail(malformed(error));
    });
    form.on("finish", () => {
      if (current) finish();
      else reject(new Problem(400, `no file: ${onlyField}`));
    });
    const gone = (): void => {
      if (!request.complete) fail(new ClientGoneError());
    };
    request.on("error", gone);
    request.on("close", gone);
    request.pipe(form);
  });

  return (async function* () {
    for await (const chunk of file) yield chunk as Buffer;
    await ended;
  })();
}

function parserFor(request: IncomingMessage, maxBytes: number): BusboyInstance {
  const type = request.headers["content-type"] ?? "";
  if (!/^multipart\/form-data\b/i.test(type)) {
    throw new Problem(
      415,
      `the body must be multipart/form-data, not ${type === "" ? "without a type" : JSON.stringify(type)}`,
    );
  }
  try {
    // Two parts and one file, so that a second part is seen and refused instead of being dropped silently.
    return new Busboy({
      headers: request.headers as BusboyHeaders,
      limits: { fileSize: maxBytes, files: 1, parts: 2, fieldSize: 1024, headerPairs: 20, headerSize: 4096 },
    });
  } catch (error) {
    throw malformed(error);
  }
}

function malformed(error: unknown): Error {
  if (error instanceof Problem || error instanceof ClientGoneError) return error;
  return new Problem(400, `the multipart body is malformed: ${error instanceof Error ? error.message : "unreadable"}`);
}
