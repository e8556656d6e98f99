import type { Picture } from "../view";
import { pictureUrl } from "./api";
import { copyOf, find, setText } from "./dom";
import { span } from "./format";
import { KeyedList, type View } from "./keyed-list";

interface ShownPicture {
  readonly picture: Picture;
  readonly now: number;
}

/** The pictures that the stack made last, newest first. A stack that makes none has no such section. */
export class Pictures {
  private readonly section = find(document, "#pictures-section", HTMLElement);
  private readonly list = new KeyedList<ShownPicture>(
    find(document, "#pictures", HTMLElement),
    // An object that is written again is another picture.
    ({ picture: { bucket, key, modifiedAt } }) => JSON.stringify([bucket, key, modifiedAt]),
    ({ picture }) => pictureTile(picture),
  );

  show(pictures: readonly Picture[], now: number): void {
    this.section.hidden = pictures.length === 0;
    this.list.show(pictures.map((picture) => ({ picture, now })));
  }
}

function pictureTile({ bucket, key, modifiedAt }: Picture): View<ShownPicture> {
  const element = copyOf("picture-template");
  const url = `${pictureUrl(bucket, key)}?${modifiedAt}`;
  find(element, "a", HTMLAnchorElement).href = url;
  const name = find(element, ".name", HTMLElement);
  name.textContent = key;
  name.title = `${bucket}/${key}`;
  const image = find(element, "img", HTMLImageElement);
  image.addEventListener("error", () => {
    element.hidden = true; // no picture after all
  });
  image.src = url;
  return {
    element,
    update({ now }) {
      setText(find(element, ".age", HTMLElement), `${span(now - modifiedAt)} ago`);
    },
  };
}
