import { cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildApplications } from "../build/applications";
import { type LocalImage, projectFolders } from "../local/plan";

/** The application that is rehearsed, which is also the name of its stack. */
export const application = "imagery";

/** Builds the application as it is into a folder of its own, which stands for an image. */
export async function buildImage(folder: string, name: string): Promise<LocalImage> {
  const dist = join(folder, name);
  await buildApplications({ into: dist, mark: `rehearsal: ${name}`, only: [application] });
  return { name, dist, images: projectFolders.images };
}

/** Programs of this folder that take the place of the server in a build that does not work. */
export type BadServer = "bad-server.mjs" | "crashing-server.mjs";

/** A copy of an image whose server is another program. */
export async function spoilImage(
  image: LocalImage,
  { folder, name, server }: { readonly folder: string; readonly name: string; readonly server: BadServer },
): Promise<LocalImage> {
  const dist = join(folder, name);
  await cp(image.dist, dist, { recursive: true });
  await cp(fileURLToPath(new URL(server, import.meta.url)), join(dist, application, "server.js"));
  return { ...image, name, dist };
}
