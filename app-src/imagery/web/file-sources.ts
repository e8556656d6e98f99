import { find } from "./dom";

/** Hands on the files that the user chooses, drops anywhere on the page, or pastes. */
export function listenForFiles(onFiles: (files: File[]) => void): void {
  const input = find(document, "#file", HTMLInputElement);
  const zone = find(document, "#drop-zone", HTMLElement);

  input.addEventListener("change", () => {
    onFiles([...(input.files ?? [])]);
    // So that choosing the same file again is a change again.
    input.value = "";
  });

  // Enter and leave come for every element under the pointer; the zone is lit while more were entered than left.
  let depth = 0;
  const light = (change: number): void => {
    depth = Math.max(0, depth + change);
    zone.classList.toggle("over", depth > 0);
  };
  document.addEventListener("dragenter", (event) => {
    if (hasFiles(event)) light(1);
  });
  document.addEventListener("dragleave", (event) => {
    if (hasFiles(event)) light(-1);
  });
  document.addEventListener("dragover", (event) => {
    // Without this the browser opens a dropped file instead.
    if (hasFiles(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    light(-depth);
    onFiles([...(event.dataTransfer?.files ?? [])]);
  });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0) onFiles(files);
  });
}

function hasFiles({ dataTransfer }: DragEvent): boolean {
  return dataTransfer?.types.includes("Files") ?? false;
}
