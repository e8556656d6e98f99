import { isDeepStrictEqual } from "node:util";
import type { AttributeChange, Shown } from "./model";
import type { ChangeJson } from "./plan-json";

type Path = readonly (string | number)[];

/** A place in a change: the values there, and what Terraform says about them. */
interface Place {
  readonly before: unknown;
  readonly after: unknown;
  readonly unknown: unknown;
  readonly beforeSensitive: unknown;
  readonly afterSensitive: unknown;
}

const ABSENT: Shown = { kind: "absent" };
const SENSITIVE: Shown = { kind: "sensitive" };

/**
 * The attributes that a change touches, each at its innermost place, in the order of their names. A value that was or will be
 * secret is nowhere in the result, also when Terraform marks a whole block.
 */
export function attributeChanges(change: ChangeJson): AttributeChange[] {
  const forcing = new Set(change.replace_paths.map((path) => JSON.stringify(path)));
  return walk(placeOf(change), [], forcing).map(({ path, ...rest }) => ({ path: pathText(path), ...rest }));
}

/** The two sides of a change as a whole, as outputs have them. */
export function wholeChange(change: ChangeJson): Pick<AttributeChange, "before" | "after"> {
  return shownSides(placeOf(change));
}

interface Found extends Omit<AttributeChange, "path"> {
  readonly path: Path;
}

function placeOf(change: ChangeJson): Place {
  return {
    before: change.before,
    after: change.after,
    unknown: change.after_unknown,
    beforeSensitive: change.before_sensitive,
    afterSensitive: change.after_sensitive,
  };
}

function walk(place: Place, path: Path, forcing: ReadonlySet<string>): Found[] {
  const keys = keysInside(place);
  const found =
    keys === undefined ? leaf(place, path) : keys.flatMap((key) => walk(inside(place, key), [...path, key], forcing));
  if (!forcing.has(JSON.stringify(path))) return found;
  return found.map((one) => ({ ...one, forcesReplacement: true }));
}

function leaf(place: Place, path: Path): Found[] {
  const unknown = holdsTrue(place.unknown);
  if (!unknown && isSame(place.before, place.after)) return [];
  const parsed = unknown || isSecret(place) ? undefined : parsedBoth(place);
  if (parsed) return walk(parsed, [...path, "→"], new Set());
  return [{ path, ...shownSides(place), forcesReplacement: false }];
}

function shownSides(place: Place): Pick<AttributeChange, "before" | "after"> {
  const secret = isSecret(place);
  const show = (value: unknown): Shown => {
    if (value === undefined || value === null) return ABSENT;
    return secret ? SENSITIVE : { kind: "value", value };
  };
  return { before: show(place.before), after: holdsTrue(place.unknown) ? { kind: "unknown" } : show(place.after) };
}

/** Not set and set to an empty list is the same to a provider. */
function isSame(before: unknown, after: unknown): boolean {
  const isNothing = (value: unknown): boolean =>
    value === undefined || value === null || (Array.isArray(value) && value.length === 0);
  return isDeepStrictEqual(before, after) || (isNothing(before) && isNothing(after));
}

/** Secret on either side is secret on both: what was a secret yesterday still opens doors. */
function isSecret({ beforeSensitive, afterSensitive }: Place): boolean {
  return holdsTrue(beforeSensitive) || holdsTrue(afterSensitive);
}

/** Marks are nested like the value. At a leaf, any mark below counts for all of it. */
function holdsTrue(marks: unknown): boolean {
  if (typeof marks !== "object" || marks === null) return marks === true;
  return Object.values(marks).some(holdsTrue);
}

/** The keys to look into: of two objects, or of two lists of blocks; undefined for what is compared as a whole. */
function keysInside(place: Place): (string | number)[] | undefined {
  const { before, after, unknown, beforeSensitive, afterSensitive } = place;
  if (unknown === true || beforeSensitive === true || afterSensitive === true) return undefined;
  const sides = [before, after].filter((side) => side !== undefined && side !== null);
  if (sides.length === 0) return isContainer(unknown) ? keysOf(unknown) : undefined;
  if (sides.every(isObject) || (sides.every(Array.isArray) && sides.some(isListOfBlocks))) {
    return [...new Set([...sides.flatMap(keysOf), ...keysOf(unknown)])].sort(byKey);
  }
  return undefined;
}

function inside(place: Place, key: string | number): Place {
  return {
    before: at(place.before, key),
    after: at(place.after, key),
    unknown: at(place.unknown, key),
    beforeSensitive: at(place.beforeSensitive, key),
    afterSensitive: at(place.afterSensitive, key),
  };
}

/** Policies and the like are JSON in a string: two such are compared inside. */
function parsedBoth({ before, after }: Place): Place | undefined {
  const [was, will] = [jsonContainer(before), jsonContainer(after)];
  if (was === undefined || will === undefined || isDeepStrictEqual(was, will)) return undefined;
  return { before: was, after: will, unknown: false, beforeSensitive: false, afterSensitive: false };
}

function jsonContainer(value: unknown): object | undefined {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    return isContainer(parsed) ? parsed : undefined;
  } catch {
    // Not JSON after all: compared as the text that it is.
    return undefined;
  }
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return isContainer(value) && !Array.isArray(value);
}

function isListOfBlocks(value: unknown): boolean {
  return Array.isArray(value) && value.some(isContainer);
}

function keysOf(value: unknown): (string | number)[] {
  if (Array.isArray(value)) return [...value.keys()];
  return isObject(value) ? Object.keys(value) : [];
}

function at(value: unknown, key: string | number): unknown {
  if (!isContainer(value)) return undefined;
  return Object.hasOwn(value, key) ? (value as Record<string | number, unknown>)[key] : undefined;
}

function byKey(a: string | number, b: string | number): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a) < String(b) ? -1 : 1;
}

function pathText(path: Path): string {
  return path
    .map((key, index) => {
      if (typeof key === "number") return `[${key}]`;
      if (key === "→") return " → ";
      const dot = index === 0 || path[index - 1] === "→" ? "" : ".";
      return /^[\w-]+$/.test(key) ? `${dot}${key}` : `[${JSON.stringify(key)}]`;
    })
    .join("")
    .trim();
}
