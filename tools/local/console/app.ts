import express, { type Express, type RequestHandler } from "express";
import helmet from "helmet";
import type { Log } from "../log";
import type { Broadcast } from "./broadcast";
import { onlyOwnPage } from "./guard";
import type { PageFile } from "./page";
import { pictureHandler } from "./pictures";
import { Problem, problemHandler } from "./problem";
import type { ConsoleSource } from "./source";

export interface AppOptions {
  readonly source: ConsoleSource;
  readonly page: ReadonlyMap<string, PageFile>;
  /** Shows the stack to everyone who watches. */
  readonly broadcast: Broadcast;
  readonly log: Log;
}

/** Nothing inline, nothing from elsewhere, and no text that becomes markup. */
const securityHeaders: RequestHandler = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      "default-src": ["'none'"],
      "script-src": ["'self'"],
      "style-src": ["'self'"],
      "img-src": ["'self'"],
      "connect-src": ["'self'"],
      "form-action": ["'none'"],
      "frame-ancestors": ["'none'"],
      "base-uri": ["'none'"],
      "require-trusted-types-for": ["'script'"],
    },
  },
  // It is plain http, and localhost is no name to bind to https.
  strictTransportSecurity: false,
});

/** The console: its page, the stream that feeds it, and what its buttons do. */
export function createApp({ source, page, broadcast, log }: AppOptions): Express {
  const app = express();
  app.disable("x-powered-by").set("etag", false).set("query parser", false);
  app.use(onlyOwnPage, securityHeaders, (_request, response, next) => {
    response.set("Cache-Control", "no-store");
    next();
  });

  for (const [path, { type, body }] of page) {
    app.get(path, (_request, response) => {
      response.set("Content-Type", type).send(body);
    });
  }
  app.get("/events", (_request, response) => {
    broadcast.add(response);
  });
  app.get("/pictures/:bucket/:key", pictureHandler(source));
  app.post("/instances/:fleet/:id/kill", async ({ params: { fleet, id } }, response) => {
    await mustHaveInstance(source, fleet, id);
    await source.killInstance(fleet, id);
    response.status(204).end();
  });
  app.post("/zones/:zone/down", async ({ params: { zone } }, response) => {
    await mustHaveZone(source, zone);
    await source.takeZoneDown(zone);
    response.status(204).end();
  });
  app.post("/zones/:zone/up", async ({ params: { zone } }, response) => {
    await mustHaveZone(source, zone);
    await source.bringZoneBack(zone);
    response.status(204).end();
  });

  app.use(({ method, path }) => {
    throw new Problem(404, `there is nothing to ${method} at ${path}`);
  });
  app.use(problemHandler(log));
  return app;
}

async function mustHaveInstance(source: ConsoleSource, name: string, id: string): Promise<void> {
  const { fleets } = await source.snapshot();
  const fleet = fleets.find((candidate) => candidate.name === name);
  if (fleet === undefined) {
    throw new Problem(404, `there is no fleet "${name}" (there are: ${fleets.map((known) => known.name).join(", ")})`);
  }
  if (!fleet.instances.some((instance) => instance.id === id)) {
    throw new Problem(404, `the fleet "${name}" has no instance "${id}" (any more)`);
  }
}

async function mustHaveZone(source: ConsoleSource, name: string): Promise<void> {
  const { fleets } = await source.snapshot();
  const zones = new Set(fleets.flatMap((fleet) => fleet.zones.map((zone) => zone.name)));
  if (!zones.has(name)) throw new Problem(404, `there is no zone "${name}" (there are: ${[...zones].join(", ")})`);
}
