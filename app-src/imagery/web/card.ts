import { getProcess } from "./api";
import { copyOf, find } from "./dom";

export type Step = "created" | "uploaded" | "processed";
const STEPS: readonly Step[] = ["created", "uploaded", "processed"];

/** A URL of a processed image is asked for anew when it is older than this: it works for five minutes. */
const URL_MILLISECONDS = 4 * 60_000;

/** One image on the page: what happens to it, before and after. */
export class Card {
  readonly element = copyOf("card-template");
  private readonly message = find(this.element, ".message", HTMLElement);
  private readonly bar = find(this.element, "progress", HTMLProgressElement);
  private readonly retry = find(this.element, ".retry", HTMLButtonElement);
  private readonly download = find(this.element, ".download", HTMLAnchorElement);
  private readonly before = find(this.element, ".before", HTMLElement);
  private readonly after = find(this.element, ".after", HTMLElement);
  private resultTime = 0;

  constructor(
    readonly name: string,
    note: string,
  ) {
    find(this.element, ".name", HTMLElement).textContent = name;
    find(this.element, ".note", HTMLElement).textContent = note;
    this.element.setAttribute("aria-label", name);
    this.bar.setAttribute("aria-label", `Upload of ${name}`);
  }

  /** Shows the original. */
  showBefore(url: string, size?: { width: number; height: number }): void {
    if (size) this.setShape(size.width / size.height);
    show(this.before, url, `${this.name}, original`);
  }

  /** Says that this browser has no picture of the original. */
  noBefore(reason: string): void {
    find(this.before, ".placeholder", HTMLElement).textContent = reason;
  }

  /**
   * Marks a step as reached and the following as being worked on.
   * @param text what happens now
   */
  reach(step: Step | undefined, text: string): void {
    const reached = step ? STEPS.indexOf(step) : -1;
    STEPS.forEach((name, i) => {
      const item = find(this.element, `[data-step="${name}"]`, HTMLElement);
      item.classList.toggle("done", i <= reached);
      item.classList.toggle("active", i === reached + 1);
      if (i === reached + 1) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    });
    this.bar.hidden = true;
    this.retry.hidden = true;
    this.say(text, false);
    this.element.dataset.state = step ?? "waiting";
  }

  /** @param part of the file that is sent, 0 to 1 */
  showProgress(part: number): void {
    this.bar.hidden = false;
    this.bar.value = part;
    this.say(part < 1 ? `Sending… ${Math.floor(part * 100)} %` : "Sent; waiting for the server…", false);
  }

  /** Shows the result; its URL is asked for again when it has expired. */
  showResult(id: string, url: string): void {
    this.setResult(url);
    const image = find(this.after, "img", HTMLImageElement);
    image.addEventListener("load", () => {
      this.setShape(image.naturalWidth / image.naturalHeight);
    });
    image.addEventListener("error", () => {
      if (this.isOld()) void this.renew(id);
      else find(this.after, ".placeholder", HTMLElement).textContent = "The result could not be loaded";
    });
    this.download.hidden = false;
    this.download.setAttribute("aria-label", `Download ${this.name} in sepia`);
    this.download.addEventListener("click", (event) => {
      if (!this.isOld()) return;
      event.preventDefault();
      void this.renew(id).then(() => {
        this.download.click();
      });
    });
  }

  /** @param onRetry what "Try again" does; without it there is no such button */
  showError(title: string, detail: string, onRetry?: () => void): void {
    this.bar.hidden = true;
    this.say(`${title}: ${detail}`, true);
    this.element.dataset.state = "error";
    for (const item of this.element.querySelectorAll(".active")) item.classList.remove("active");
    find(this.after, ".placeholder", HTMLElement).textContent = "No result";
    this.retry.hidden = !onRetry;
    this.retry.onclick = onRetry ?? null;
  }

  /** A link to this image that can be kept. */
  linkTo(id: string): void {
    const link = find(this.element, ".permalink", HTMLAnchorElement);
    link.href = `/?id=${id}`;
    link.setAttribute("aria-label", `Link to ${this.name}`);
    link.hidden = false;
  }

  private isOld(): boolean {
    return Date.now() - this.resultTime > URL_MILLISECONDS;
  }

  private async renew(id: string): Promise<void> {
    const { processedUrl } = await getProcess(id);
    if (processedUrl !== undefined) this.setResult(processedUrl);
  }

  private setResult(url: string): void {
    this.resultTime = Date.now();
    this.download.href = url;
    show(this.after, url, `${this.name} in sepia`);
  }

  private say(text: string, isError: boolean): void {
    this.message.textContent = text;
    this.message.classList.toggle("error", isError);
  }

  /** Both frames take the picture's shape, within bounds. */
  private setShape(ratio: number): void {
    this.element.style.setProperty("--shape", String(Math.min(2.2, Math.max(0.7, ratio))));
  }
}

function show(figure: HTMLElement, url: string, alt: string): void {
  const image = find(figure, "img", HTMLImageElement);
  image.src = url;
  image.alt = alt;
  image.hidden = false;
  find(figure, ".placeholder", HTMLElement).hidden = true;
}
