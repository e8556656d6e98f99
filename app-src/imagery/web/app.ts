import { ProblemError } from "./api";
import { Card } from "./card";
import { announce, find } from "./dom";
import { listenForFiles } from "./file-sources";
import { ImageJob, describe, showProcess } from "./image-job";
import { Limiter } from "./limiter";
import { RecentImages } from "./recent";
import { showRecent } from "./recent-list";

const uploads = new Limiter(2);
const recent = new RecentImages(showRecent);
const cards = find(document, "#cards", HTMLElement);

function add(card: Card): void {
  find(document, "#work", HTMLElement).hidden = false;
  cards.prepend(card.element);
}

/** `/?id=…`: one image, whether it came from this browser or not. */
async function showLinked(id: string): Promise<void> {
  const known = recent.find(id);
  const card = new Card(known?.name ?? "Image", known ? "" : id);
  if (known?.thumbnail !== undefined) card.showBefore(known.thumbnail);
  else card.noBefore("The original is not kept in this browser");
  card.linkTo(id);
  add(card);
  try {
    await showProcess(id, card);
  } catch (error) {
    if (error instanceof ProblemError && error.status === 404) {
      recent.markGone(id);
      card.showError("No such image", "it never existed or its time here is over");
    } else {
      const { title, detail } = describe(error);
      card.showError(title, detail);
    }
  }
}

listenForFiles((files) => {
  if (files.length > 0)
    announce(files.length === 1 ? `${files[0]?.name ?? "1 image"} added` : `${files.length} images added`);
  for (const file of files) {
    const job = new ImageJob(file, uploads, recent);
    add(job.card);
    void job.run();
  }
  cards.firstElementChild?.scrollIntoView({ block: "nearest" });
});

find(document, "#clear-recent", HTMLButtonElement).addEventListener("click", () => {
  recent.clear();
  announce("The list of recent images is empty");
  find(document, "#file", HTMLInputElement).focus();
});

showRecent(recent.all);
const linked = new URLSearchParams(location.search).get("id");
if (linked !== null) void showLinked(linked);
