/** What was published for an application in an environment. */
export interface ImageHistory {
  /** The image that is published now */
  readonly published: string;
  /** Every image that was published and not taken back, the newest first, that of now included */
  readonly images: readonly string[];
  /** The image that a deployment has last seen healthy */
  readonly healthy?: string | undefined;
}

/**
 * The image to go back to: the one that was last seen healthy; before any was, what the groups run; else what was published
 * before. Never the published one itself, which is where an automatic rollback by launch template version ends up.
 * @param running images that the application's groups launch
 * @returns undefined when there is no other image
 */
export function previousImage(history: ImageHistory, running: readonly (string | undefined)[]): string | undefined {
  const candidates = [history.healthy, ...running, ...history.images];
  return candidates.find((image) => image !== undefined && image !== history.published);
}

/**
 * The image that a failed deployment puts back. None when the published image is the one that was good until now: then something
 * else was changed, and an older image would mend nothing.
 * @param running images that the application's groups launch before the deployment
 */
export function imageToPutBack(history: ImageHistory, running: readonly (string | undefined)[]): string | undefined {
  const known = (history.healthy === undefined ? running : [history.healthy]).filter((image) => image !== undefined);
  const isUnchanged = known.length > 0 && known.every((image) => image === history.published);
  return isUnchanged ? undefined : previousImage(history, running);
}
