import type { Request, RequestHandler } from "express";
import { Problem } from "./problem";
import type { ConsoleSource } from "./source";
import type { Picture } from "./view";

/** How many pictures the page shows. */
const shown = 8;
/** How many objects are looked through for them: a bucket may hold others beside its pictures. */
const lookedThrough = 60;
/** The buckets are listed once in so many looks. */
const looksPerListing = 3;

/** Content types that a browser shows and never runs. */
const pictureTypes = new Set(["image/png", "image/jpeg"]);

/** The pictures that were written last into any bucket of the stack. */
export class LatestPictures {
  private looks = 0;
  private latest: readonly Picture[] = [];

  constructor(private readonly source: ConsoleSource) {}

  /** @returns newest first; as of the last listing, which may be a few looks old */
  async look(buckets: readonly string[]): Promise<readonly Picture[]> {
    if (this.looks++ % looksPerListing !== 0) return this.latest;
    const listed = await Promise.all(
      buckets.map(async (bucket) =>
        (await this.source.latestObjects(bucket, lookedThrough))
          .filter(({ key }) => mayBePicture(key))
          .map(({ key, modifiedAt }): Picture => ({ bucket, key, modifiedAt })),
      ),
    );
    this.latest = listed
      .flat()
      .sort((a, b) => b.modifiedAt - a.modifiedAt)
      .slice(0, shown);
    return this.latest;
  }
}

/** A name without an extension says nothing: the page tries it, and leaves it out when it turns out to be something else. */
function mayBePicture(key: string): boolean {
  const extension = /\.(\w+)$/.exec(key)?.[1];
  return extension === undefined || /^(png|jpe?g)$/i.test(extension);
}

/** Serves an object that is a picture; anything else that the bucket holds stays there, whatever it calls itself. */
export function pictureHandler(source: ConsoleSource): RequestHandler<{ bucket: string; key: string }> {
  return async ({ params: { bucket, key } }: Request<{ bucket: string; key: string }>, response) => {
    const object = await source.readObject(bucket, key);
    if (object === undefined) throw new Problem(404, `there is no object ${JSON.stringify(key)} in ${bucket}`);
    const { contentType = "nothing", body } = object;
    if (!pictureTypes.has(contentType)) {
      throw new Problem(415, `the object is ${JSON.stringify(contentType)}; shown: ${[...pictureTypes].join(", ")}`);
    }
    response
      .set({ "Content-Type": contentType, "Content-Security-Policy": "default-src 'none'; sandbox" })
      .send(Buffer.from(body));
  };
}
