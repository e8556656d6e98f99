import { find } from "./dom";
import { clock } from "./format";

/**
 * Lets a button do something and says what came of it. While that lasts further clicks do nothing; the button is not
 * disabled, because it would lose the focus.
 * @param act what is said afterwards is what it answers
 */
export function onClick(button: HTMLButtonElement, act: () => Promise<string>): void {
  button.addEventListener("click", ({ detail }) => {
    // The second click of a double click was meant for what stood there before the first one.
    if (button.ariaBusy === "true" || detail > 1) return;
    button.ariaBusy = "true";
    act().then(
      (text) => {
        button.ariaBusy = null;
        say(text, false);
      },
      (error: unknown) => {
        button.ariaBusy = null;
        say(`That did not work: ${error instanceof Error ? error.message : String(error)}`, true);
      },
    );
  });
}

function say(text: string, failed: boolean): void {
  const result = find(document, "#result", HTMLElement);
  result.textContent = `${clock(Date.now())} ${text}`;
  result.classList.toggle("failed", failed);
}
