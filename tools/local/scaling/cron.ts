/** A moment in a time zone, in the numbers of a cron expression. */
interface Moment {
  readonly minute: number;
  readonly hour: number;
  readonly day: number;
  readonly month: number;
  readonly weekday: number;
}

/** Says whether a moment is one of those of a cron expression. */
export type Cron = (at: number) => boolean;

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/**
 * Parses the five fields of a cron expression: minute, hour, day of month, month, day of week (0 and 7 are Sunday). As in every
 * cron, a day has to fit one of the two day fields where both are restricted.
 * @param timeZone an IANA name; summer time is respected
 * @throws Error naming the field, or the time zone, that cannot be understood
 */
export function parseCron(expression: string, timeZone = "UTC"): Cron {
  const fields = expression.trim().split(/\s+/);
  const [minute = "", hour = "", day = "", month = "", weekday = ""] = fields;
  if (fields.length !== 5) throw new Error(`cron "${expression}" must have five fields, has ${fields.length}`);
  const minutes = parseField(minute, 0, 59);
  const hours = parseField(hour, 0, 23);
  const days = parseField(day, 1, 31);
  const allMonths = parseField(month, 1, 12, months);
  const allWeekdays = parseField(weekday, 0, 7, weekdays);
  const inZone = clockOf(timeZone);
  const onDay = (moment: Moment): boolean => {
    const byDate = days.has(moment.day);
    const byWeekday = allWeekdays.has(moment.weekday) || (moment.weekday === 0 && allWeekdays.has(7));
    return day.startsWith("*") || weekday.startsWith("*") ? byDate && byWeekday : byDate || byWeekday;
  };
  return (at) => {
    const moment = inZone(at);
    return minutes.has(moment.minute) && hours.has(moment.hour) && allMonths.has(moment.month) && onDay(moment);
  };
}

function parseField(field: string, least: number, most: number, names: readonly string[] = []): Set<number> {
  const number = (text: string): number => {
    const named = names.indexOf(text.toLowerCase());
    return named >= 0 ? named + least : Number(text);
  };
  const numbers = field.split(",").flatMap((part) => {
    const [, range = "", step = "1"] = /^([^/]+)(?:\/([1-9]\d*))?$/.exec(part) ?? [];
    const [first = "", last] = range.split("-");
    const from = range === "*" ? least : number(first);
    // "5/10" goes on to the end, "5" does not.
    const to = range === "*" ? most : last !== undefined ? number(last) : part.includes("/") ? most : from;
    const fits = [from, to].every((value) => Number.isInteger(value) && value >= least && value <= most);
    if (first === "" || last === "" || !fits || from > to) throw new Error(`cron field "${field}" is not understood`);
    return Array.from(
      { length: Math.floor((to - from) / Number(step)) + 1 },
      (_, index) => from + index * Number(step),
    );
  });
  return new Set(numbers);
}

function clockOf(timeZone: string): (at: number) => Moment {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    minute: "numeric",
    hour: "numeric",
    day: "numeric",
    month: "numeric",
    weekday: "short",
  });
  return (at) => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type as string, value]));
    const number = (part: string): number => Number(parts.get(part));
    return {
      minute: number("minute"),
      hour: number("hour"),
      day: number("day"),
      month: number("month"),
      weekday: weekdays.indexOf((parts.get("weekday") ?? "").toLowerCase()),
    };
  };
}
