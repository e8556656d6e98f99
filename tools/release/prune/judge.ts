import type { BakedImage } from "../aws/images";
import type { References } from "./references";

const DAY = 24 * 60 * 60 * 1000;

/** What becomes of an image, and why. */
export interface Verdict {
  readonly image: BakedImage;
  readonly keep: boolean;
  readonly why: string;
}

/** What becomes of a snapshot that no image uses. */
export interface Snapshot {
  readonly id: string;
  readonly createdAt: Date;
}

/**
 * Which images go: those of ours that are old, that nothing refers to, and that are not the newest of their application.
 * @param images of the account
 */
export function judgeImages(
  images: readonly BakedImage[],
  references: References,
  { olderThanDays, now }: { readonly olderThanDays: number; readonly now: Date },
): Verdict[] {
  const newest = new Map<string | undefined, BakedImage>();
  for (const image of images.filter(({ managed }) => managed)) {
    const known = newest.get(image.application);
    if (!known || image.createdAt > known.createdAt) newest.set(image.application, image);
  }
  return images.map((image) => {
    const why = reasonToKeep(image);
    return { image, keep: why !== undefined, why: why ?? `older than ${olderThanDays} days, nothing refers to it` };
  });

  function reasonToKeep(image: BakedImage): string | undefined {
    if (!image.managed) return "not baked here";
    const reasons = references.get(image.id) ?? [];
    if (reasons.length > 0) return reasons.join(", ");
    if (now.getTime() - image.createdAt.getTime() < olderThanDays * DAY) return `younger than ${olderThanDays} days`;
    if (newest.get(image.application) === image) return `the newest of ${image.application ?? "its application"}`;
    return undefined;
  }
}

/** Which snapshots go: those that carry our tag, that no image uses, and that are old. A bake in progress has young ones. */
export function judgeSnapshots(
  snapshots: readonly Snapshot[],
  images: readonly BakedImage[],
  { olderThanDays, now }: { readonly olderThanDays: number; readonly now: Date },
): Snapshot[] {
  const used = new Set(images.flatMap((image) => image.snapshots));
  return snapshots.filter(
    ({ id, createdAt }) => !used.has(id) && now.getTime() - createdAt.getTime() >= olderThanDays * DAY,
  );
}
