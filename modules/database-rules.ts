import type { DatabaseEngine } from "./database-engine";
import { isIntegerBetween, rule, type Rule } from "./validation";

/** GiB that RDS offers on gp3 volumes. */
const STORAGE = { min: 20, max: 65_536 };

/** What RDS takes for the name of an instance. */
export function isIdentifier(name: string): boolean {
  return name.length <= 63 && /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name);
}

/** What may be a class of instances. */
export function isInstanceClass(name: string): boolean {
  return /^db\.[a-z][a-z0-9-]*\.[a-z0-9]+$/.test(name);
}

/** Name of a database, as RDS and the engine take it. */
export function nameRule(name: string, { maxNameLength, reservedWords }: DatabaseEngine): Rule<unknown> {
  return rule(
    "name",
    name,
    (text) => /^[A-Za-z]\w*$/.test(text) && text.length <= maxNameLength && !reservedWords.has(text.toLowerCase()),
    `letters, digits and underscores, a letter first, at most ${maxNameLength}, and no word that the engine reserves`,
  );
}

/** Storage at first and at most, in GiB. */
export function storageRules({ initial, max }: { readonly initial: number; readonly max: number }): Rule<unknown>[] {
  const atLeast = Math.ceil((initial * 11) / 10);
  return [
    rule(
      "storage.initial",
      initial,
      isIntegerBetween(STORAGE.min, STORAGE.max),
      `${STORAGE.min} to ${STORAGE.max} GiB`,
    ),
    rule(
      "storage.max",
      max,
      isIntegerBetween(atLeast, STORAGE.max),
      `a tenth more than storage.initial, so ${atLeast} to ${STORAGE.max} GiB`,
    ),
  ];
}
