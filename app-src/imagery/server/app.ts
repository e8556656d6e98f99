import express, { type Express, type RequestHandler } from "express";
import { ProcessNotFoundError } from "../shared/process";
import { pageHeaders } from "./page";
import { Problem, problemHandler } from "./problem";
import { imageIdOf, present } from "./representation";
import { uploadHandler, type UploadServices } from "./upload";

export interface AppOptions extends UploadServices {
  /** Folder of the web page's files. */
  readonly publicDirectory: string;
  /** Origin of the processed images' URLs, which the page may show images from. */
  readonly imageOrigin: string;
  /** Whether the server takes work, asked on each look at its health. */
  readonly healthy: () => boolean;
}

/**
 * For every answer of the API: it is not to be kept (states change, URLs expire) and not to be taken for a page. There are no
 * cookies and no other credentials that a browser adds by itself, so another site's page cannot act in a user's name (CSRF).
 */
const API_HEADERS = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
};

const withApiHeaders: RequestHandler = (_request, response, next) => {
  response.set(API_HEADERS);
  next();
};

function onlyAllow(methods: string): RequestHandler {
  return (request) => {
    throw new Problem(405, `${request.method} is not possible here; possible: ${methods}`, { Allow: methods });
  };
}

/** The imagery API and its page. Routes come first, so that what one does not need is not run for it. */
export function createApp(options: AppOptions): Express {
  const { processes, storage, logger, publicDirectory, imageOrigin, healthy } = options;
  const app = express();
  // None of these is used; each costs time on every request.
  app.disable("x-powered-by").set("etag", false).set("query parser", false);

  // Says whether this process can work, and nothing about what it depends on: were a table or queue out of order, replacing
  // every server would not mend it.
  app.get("/health", (_request, response) => {
    response.set(API_HEADERS);
    if (!healthy()) throw new Problem(503, "this server is shutting down");
    response.json({ status: "ok" });
  });

  app.use("/image", withApiHeaders);
  app
    .route("/image")
    .post(async (_request, response) => {
      const { id, version, state } = await processes.create();
      response.status(201).location(`/image/${id}`).json({ id, version, state });
    })
    .all(onlyAllow("POST"));
  app
    .route("/image/:id")
    .get(async (request, response) => {
      const id = imageIdOf(request);
      const process = await processes.get(id);
      if (!process) throw new ProcessNotFoundError(id);
      response.json(await present(process, storage));
    })
    .all(onlyAllow("GET, HEAD"));
  app.route("/image/:id/upload").post(uploadHandler(options)).all(onlyAllow("POST"));

  app.use(
    pageHeaders(imageOrigin),
    // The files' names do not change with their content: kept by the browser, asked about each time, sent only when changed.
    express.static(publicDirectory, {
      cacheControl: false,
      setHeaders: (response) => response.setHeader("Cache-Control", "no-cache"),
    }),
  );
  app.use((request) => {
    throw new Problem(404, `there is nothing at ${request.path}`);
  });
  app.use(problemHandler(logger));
  return app;
}
