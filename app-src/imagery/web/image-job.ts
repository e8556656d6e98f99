import { ProblemError, createProcess, isPassing, uploadFile, type ImageProcess } from "./api";
import { Card } from "./card";
import { megabytes, problemWith } from "./check-file";
import { announce } from "./dom";
import { followProcess } from "./follow";
import { makePreview } from "./preview";
import type { RecentImages } from "./recent";
import { withRetries } from "./retry";
import type { Limiter } from "./limiter";

/** One file's way: created → uploaded → processed, shown on a card. */
export class ImageJob {
  readonly card: Card;
  private id: string | undefined;
  private thumbnail: string | undefined;

  constructor(
    private readonly file: File,
    private readonly uploads: Limiter,
    private readonly recent: RecentImages,
  ) {
    this.card = new Card(file.name, megabytes(file.size));
  }

  /** Does everything; errors end up on the card. */
  async run(): Promise<void> {
    const problem = problemWith(this.file);
    if (problem !== undefined) {
      this.card.noBefore("No preview");
      this.fail("This file cannot be used", problem);
      return;
    }
    this.card.reach(undefined, "Waiting for its turn…");
    await Promise.all([this.preview(), this.process()]);
  }

  private async preview(): Promise<void> {
    const preview = await makePreview(this.file);
    if (preview) {
      this.thumbnail = preview.thumbnail;
      this.card.showBefore(preview.url, preview);
      // Listed already means: the upload was faster. Not listed any more: the user has cleared the list.
      if (this.id !== undefined && this.recent.find(this.id)) this.remember(this.id);
    } else {
      this.card.noBefore("This browser cannot show this kind of image");
    }
  }

  private async process(): Promise<void> {
    try {
      const id = await this.uploads.run(() => this.upload());
      await showProcess(id, this.card);
    } catch (error) {
      this.failed(error);
    }
  }

  private async upload(): Promise<string> {
    this.card.reach(undefined, "Starting…");
    this.id ??= (await withRetries(createProcess)).id;
    const id = this.id;
    this.card.reach("created", "Sending…");
    this.card.linkTo(id);
    await withRetries(async (attempt) => {
      try {
        await uploadFile(id, this.file, (part) => {
          this.card.showProgress(part);
        });
      } catch (error) {
        // An answer that was lost on its way: the file arrived, and may even be processed by now.
        const arrivedBefore = attempt > 0 && error instanceof ProblemError && error.status === 409;
        if (!arrivedBefore) throw error;
      }
    });
    this.remember(id);
    return id;
  }

  private remember(id: string): void {
    const { name } = this.file;
    const time = this.recent.find(id)?.time ?? Date.now();
    this.recent.put({ id, name, time, ...(this.thumbnail !== undefined && { thumbnail: this.thumbnail }) });
  }

  private failed(error: unknown): void {
    const retry = (): void => {
      void this.process();
    };
    const { title, detail } = describe(error);
    this.fail(title, detail, isPassing(error) ? retry : undefined);
  }

  private fail(title: string, detail: string, retry?: () => void): void {
    this.card.showError(title, detail, retry);
    announce(`${this.file.name}: ${title}. ${detail}`);
  }
}

/** Follows an uploaded image on its card until it is processed or failed. */
export async function showProcess(id: string, card: Card): Promise<void> {
  const started = Date.now();
  const last = await followProcess(
    id,
    (process) => {
      showState(process, card, Date.now() - started);
    },
    () => {
      card.reach("uploaded", "The server does not answer; still trying…");
    },
  );
  if (last.state === "failed") {
    const reason = last.reason ?? "the image could not be processed";
    card.showError("This image could not be processed", reason);
    announce(`${card.name} could not be processed: ${reason}`);
  } else {
    announce(`${card.name} is ready`);
  }
}

function showState({ id, state, processedUrl }: ImageProcess, card: Card, waited: number): void {
  if (state === "created") card.reach("created", "Nothing has been uploaded for this image yet.");
  if (state === "uploaded") {
    card.reach(
      "uploaded",
      waited < 30_000 ? "Toning…" : "Still in the queue. You can leave this page; the link stays good.",
    );
  }
  if (state === "processed") {
    card.reach("processed", "Done.");
    if (processedUrl !== undefined) card.showResult(id, processedUrl);
  }
}

/** An error in words for the user. */
export function describe(error: unknown): { title: string; detail: string } {
  if (error instanceof ProblemError) return { title: error.title, detail: error.message };
  if (isPassing(error) && error instanceof Error) return { title: "No connection", detail: error.message };
  return { title: "Something went wrong", detail: error instanceof Error ? error.message : String(error) };
}
