/**
 * The one element that a selector finds.
 * @throws Error when there is none or it is of another kind: markup and code do not fit together
 */
export function find<T extends Element>(root: ParentNode, selector: string, kind: new () => T): T {
  const element = root.querySelector(selector);
  if (element instanceof kind) return element;
  throw new Error(`the page has no ${kind.name} at ${JSON.stringify(selector)}`);
}

/** A copy of the one element inside a template. */
export function copyOf(templateId: string): HTMLElement {
  const copy = find(document, `#${templateId}`, HTMLTemplateElement).content.firstElementChild?.cloneNode(true);
  if (copy instanceof HTMLElement) return copy;
  throw new Error(`the template ${templateId} is empty`);
}

/** Sets an element's text where it has changed: a selection in an unchanged text stays. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
