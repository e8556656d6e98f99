/** Small pictures of the user's own file, made in the browser. */
export interface Preview {
  /** For the card: an object URL of at most 1,000 pixels a side */
  readonly url: string;
  /** For the list of recent images: a data URL of some kilobytes */
  readonly thumbnail: string;
  readonly width: number;
  readonly height: number;
}

/** @returns `undefined` when this browser cannot show the file (most cannot show TIFF, and none a damaged file). */
export async function makePreview(file: File): Promise<Preview | undefined> {
  let image: ImageBitmap;
  try {
    image = await createImageBitmap(file);
  } catch {
    return undefined;
  }
  const { width, height } = image;
  const blob = await new Promise<Blob | null>((resolve) => {
    draw(image, 1000).toBlob(resolve, "image/jpeg", 0.9);
  });
  const thumbnail = draw(image, 160).toDataURL("image/jpeg", 0.7);
  image.close();
  return blob ? { url: URL.createObjectURL(blob), thumbnail, width, height } : undefined;
}

function draw(image: ImageBitmap, side: number): HTMLCanvasElement {
  const scale = Math.min(1, side / Math.max(image.width, image.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(image.width * scale));
  canvas.height = Math.max(1, Math.round(image.height * scale));
  const context = canvas.getContext("2d");
  if (context) {
    context.imageSmoothingQuality = "high";
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
  }
  return canvas;
}
