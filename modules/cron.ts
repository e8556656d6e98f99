const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

interface Field {
  readonly min: number;
  readonly max: number;
  /** Names that stand for `min`, `min` + 1, … */
  readonly names?: readonly string[];
}

/** Minute, hour, day of the month, month, day of the week; Sunday is 0 and 7 (crontab(5)). */
const FIELDS: readonly Field[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: MONTHS },
  { min: 0, max: 7, names: DAYS },
];

/** Whether a text is a cron expression of five fields: lists of numbers, ranges, names and steps. */
export function isCron(text: string): boolean {
  const fields = text.split(" ");
  return fields.length === FIELDS.length && FIELDS.every((field, i) => isField(fields[i] ?? "", field));
}

function isField(text: string, field: Field): boolean {
  return text.split(",").every((item) => {
    const [, range = "", step] = /^([^/]+)(?:\/(\d+))?$/.exec(item) ?? [];
    const stepIsRight = step === undefined || (Number(step) >= 1 && Number(step) <= field.max);
    if (range === "*") return stepIsRight;
    const ends = range.split("-").map((end) => valueOf(end, field));
    const [first = NaN, last = first] = ends;
    // Steps go through a range: "5/15" is read in different ways by different crons.
    return stepIsRight && ends.length <= 2 && first <= last && (step === undefined || ends.length === 2);
  });
}

/** The number that a part of a field stands for; NaN when it is none of the field's. */
function valueOf(text: string, { min, max, names = [] }: Field): number {
  const named = names.indexOf(text.toUpperCase());
  const value = named >= 0 ? min + named : /^\d{1,2}$/.test(text) ? Number(text) : NaN;
  return value >= min && value <= max ? value : NaN;
}
