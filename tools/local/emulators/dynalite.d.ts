/** dynalite has no types of its own; this is what is used of it. */
declare module "dynalite" {
  import type { Server } from "node:http";

  export default function dynalite(options?: {
    /** Milliseconds that a new table stays in the state CREATING */
    createTableMs?: number;
  }): Server;
}
