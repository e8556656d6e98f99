/** As shipped. GitHub allows no two hyphens in a row, so this repository can never be anybody's: its roles trust nobody. */
export const PLACEHOLDER_REPOSITORY = "your--organisation/steadfast";

/** Owner and name, each with or without the number that GitHub gave it. */
const REPOSITORY = /^([a-z\d-]{1,39})(@\d+)?\/([\w.-]{1,100})(@\d+)?$/i;

/** Whether GitHub could have a repository of this name; the numbers stand behind both parts or behind neither. */
export function isRepository(text: string): boolean {
  const [match, owner = "", ownerId, name = "", nameId] = REPOSITORY.exec(text) ?? [];
  return (
    match !== undefined &&
    !/^-|--|-$/.test(owner) &&
    ![".", ".."].includes(name) &&
    (ownerId === undefined) === (nameId === undefined)
  );
}
