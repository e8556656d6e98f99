import { copyOf, find } from "./dom";
import type { RecentImage } from "./recent";

const time = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** Shows the recent images, each a link to itself; hidden when there are none. */
export function showRecent(images: readonly RecentImage[]): void {
  find(document, "#recent", HTMLElement).hidden = images.length === 0;
  find(document, "#recent-list", HTMLElement).replaceChildren(...images.map(itemFor));
}

function itemFor({ id, name, time: sent, thumbnail, gone }: RecentImage): HTMLElement {
  const item = copyOf("recent-template");
  find(item, "a", HTMLAnchorElement).href = `/?id=${id}`;
  find(item, ".name", HTMLElement).textContent = name;
  find(item, ".note", HTMLElement).textContent = gone === true ? "no longer available" : time.format(sent);
  item.classList.toggle("gone", gone === true);
  const image = find(item, "img", HTMLImageElement);
  if (thumbnail === undefined) {
    image.hidden = true;
    find(item, ".print", HTMLElement).dataset.kind = /\.(\w{1,5})$/.exec(name)?.[1]?.toUpperCase() ?? "?";
  } else {
    image.src = thumbnail;
  }
  return item;
}
