/** A piece of the page that shows an item, and the next state of it. */
export interface View<T> {
  readonly element: HTMLElement;
  update(item: T): void;
}

/**
 * Shows a list of items that changes each second. What is still there keeps its element, and with it focus, selection and
 * scroll position.
 */
export class KeyedList<T> {
  private readonly views = new Map<string, View<T>>();

  /**
   * @param parent holds the items' elements and nothing else
   * @param keyOf tells an item from the others
   * @param create makes what shows an item
   */
  constructor(
    private readonly parent: HTMLElement,
    private readonly keyOf: (item: T) => string,
    private readonly create: (item: T) => View<T>,
  ) {}

  show(items: readonly T[]): void {
    const keys = new Set(items.map(this.keyOf));
    for (const [key, { element }] of this.views) {
      if (keys.has(key)) continue;
      passFocusOn(element);
      element.remove();
      this.views.delete(key);
    }
    let next = this.parent.firstElementChild;
    for (const item of items) {
      const { element } = this.viewOf(item);
      if (element === next) next = next.nextElementSibling;
      else this.parent.insertBefore(element, next);
    }
  }

  private viewOf(item: T): View<T> {
    const key = this.keyOf(item);
    const view = this.views.get(key) ?? this.create(item);
    this.views.set(key, view);
    view.update(item);
    return view;
  }
}

/** Whoever works by keyboard goes on beside what has gone, not at the top of the page. */
function passFocusOn(element: HTMLElement): void {
  if (!element.contains(document.activeElement)) return;
  const neighbour = element.nextElementSibling ?? element.previousElementSibling;
  const target = neighbour?.querySelector("button") ?? element.closest("section");
  target?.focus();
}
