import type { Request, RequestHandler } from "express";
import { MAX_UPLOAD_BYTES, mimeType } from "../shared/image-file";
import type { Logger } from "../../shared/logger";
import { ALLOWED_FROM, ProcessNotFoundError, StateConflictError, uploadKey, type Process } from "../shared/process";
import type { ProcessTable } from "../shared/process-table";
import { drain } from "./drain";
import { checkImageHead } from "./image-head";
import { receiveFile } from "./multipart";
import { imageIdOf, present } from "./representation";
import type { ImageStorage } from "./storage";
import { UploadBudget } from "./upload-budget";
import type { WorkQueue } from "./work-queue";

export interface UploadServices {
  readonly processes: ProcessTable;
  readonly storage: ImageStorage;
  readonly queue: WorkQueue;
  readonly logger: Logger;
}

/** `POST /image/:id/upload`: a multipart form with one file, from the network to the bucket without touching the disk. */
export function uploadHandler(services: UploadServices): RequestHandler<{ id: string }> {
  const budget = new UploadBudget();
  return async (request, response) => {
    let uploaded: Process;
    let release = (): void => undefined;
    try {
      const id = imageIdOf(request);
      release = budget.reserve(request.headers["content-length"]);
      uploaded = await receiveUpload(services, id, request);
    } finally {
      release();
      drain(request);
    }
    await queueWork(services, uploaded);

    const location = `/image/${uploaded.id}`;
    if (prefersJson(request)) {
      response
        .status(202)
        .location(location)
        .json(await present(uploaded, services.storage));
    } else {
      // A browser's form ends on the page that shows this image; any other client on the image's representation.
      response.redirect(303, request.accepts(["json", "html"]) === "html" ? `/?id=${uploaded.id}` : location);
    }
  };
}

/** Whether the client names JSON and would rather have it than HTML. */
function prefersJson(request: Request<{ id: string }>): boolean {
  return request.accepts(["html", "json"]) === "json";
}

async function receiveUpload(
  { processes, storage }: UploadServices,
  id: string,
  request: Request<{ id: string }>,
): Promise<Process> {
  // Known before a byte of the file is read; what happens meanwhile is decided by the conditional update at the end.
  const process = await processes.get(id);
  if (!process) throw new ProcessNotFoundError(id);
  if (!ALLOWED_FROM.uploaded.includes(process.state)) throw new StateConflictError(id, process.state, "uploaded");

  const image = await checkImageHead(await receiveFile(request, MAX_UPLOAD_BYTES));
  const time = Date.now();
  await storage.store(uploadKey(id, time), mimeType(image.type), image.bytes);
  return processes.markUploaded(id, time);
}

/** A message that cannot be sent now is not the user's concern: the mark "not queued yet" stays, and the sweeper sends it later. */
async function queueWork({ processes, queue, logger }: UploadServices, { id, unqueuedSince }: Process): Promise<void> {
  try {
    await queue.send(id);
    if (unqueuedSince !== undefined) await processes.markQueued(id, unqueuedSince);
  } catch (error) {
    logger.warn({ err: error, imageId: id }, "could not queue an upload; the sweep will");
  }
}
