/** An image that was processed from this browser. */
export interface RecentImage {
  readonly id: string;
  readonly name: string;
  /** When it was sent, in milliseconds since the epoch */
  readonly time: number;
  /** Data URL of a small picture of the original, where the browser could make one */
  readonly thumbnail?: string;
  /** The server does not know it any more */
  readonly gone?: boolean;
}

const KEY = "imagery.recent";
const MAX_IMAGES = 12;

/** The user's recent images, kept in this browser only, the latest first. */
export class RecentImages {
  private images: readonly RecentImage[];

  /** @param onChange is called after every change */
  constructor(private readonly onChange: (images: readonly RecentImage[]) => void) {
    this.images = read();
  }

  get all(): readonly RecentImage[] {
    return this.images;
  }

  find(id: string): RecentImage | undefined {
    return this.images.find((image) => image.id === id);
  }

  /** Adds an image, or replaces what is known of it. */
  put(image: RecentImage): void {
    this.set([image, ...this.images.filter(({ id }) => id !== image.id)].slice(0, MAX_IMAGES));
  }

  markGone(id: string): void {
    this.set(this.images.map((image) => (image.id === id ? { ...image, gone: true } : image)));
  }

  clear(): void {
    this.set([]);
  }

  private set(images: readonly RecentImage[]): void {
    this.images = images;
    write(images);
    this.onChange(images);
  }
}

function read(): RecentImage[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(stored) ? stored.filter(isRecentImage) : [];
  } catch {
    // Storage is switched off, or another program wrote there: the list starts anew.
    return [];
  }
}

function isRecentImage(value: unknown): value is RecentImage {
  if (typeof value !== "object" || value === null) return false;
  const { id, name, time, thumbnail } = value as Record<string, unknown>;
  return (
    typeof id === "string" &&
    typeof name === "string" &&
    typeof time === "number" &&
    (thumbnail === undefined || (typeof thumbnail === "string" && thumbnail.startsWith("data:image/")))
  );
}

/** Writes as much as there is room for: the latest images are kept, the oldest dropped. */
function write(images: readonly RecentImage[]): void {
  for (let count = images.length; count >= 0; count--) {
    try {
      localStorage.setItem(KEY, JSON.stringify(images.slice(0, count)));
      return;
    } catch {
      // No room, or no storage at all; the list on the page works all the same until the page is left.
    }
  }
}
