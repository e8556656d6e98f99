/**
 * Any text as an inline code span: nothing in it is Markdown, HTML, a mention or a link. Not for table cells, where a `|`
 * would end the span.
 */
export function code(text: string): string {
  const line = oneLine(text);
  const fence = "`".repeat(longestRun(line) + 1);
  const pad = line === "" || /^[`\s]|[`\s]$/.test(line) ? " " : "";
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** Any text as a block of code, which ends where this says and nowhere earlier. */
export function codeBlock(text: string): string {
  const fence = "`".repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}text\n${visible(text, /[^\n\t\P{C}]/gu).trimEnd()}\n${fence}`;
}

/** Folded away until somebody opens it. @param title HTML */
export function folded(title: string, markdown: string): string {
  return `<details><summary>${title}</summary>\n\n${markdown}\n\n</details>`;
}

/** Line breaks are shown, and so is what would be invisible or turn the direction of reading. */
function oneLine(text: string): string {
  return visible(text.replaceAll(/\r\n|[\r\n\u2028\u2029]/g, "⏎"), /\p{C}/gu);
}

/** Control and format characters as their code points. */
function visible(text: string, hidden: RegExp): string {
  return text.replaceAll(hidden, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** The longest run of backticks. */
function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
