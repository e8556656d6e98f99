const clockFormat = new Intl.DateTimeFormat(undefined, { timeStyle: "medium", hourCycle: "h23" });

/** A moment as a clock shows it, "14:03:07". */
export function clock(at: number): string {
  return clockFormat.format(at);
}

/** A span of time in its two largest units: "7 s", "4 min 07 s", "2 h 05 min". */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const minutes = Math.floor(seconds / 60);
  if (minutes === 0) return `${seconds} s`;
  if (minutes < 60) return `${minutes} min ${twoDigits(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
}

/** A metric's value: whole, or with as many digits as matter. */
export function metric(value: number): string {
  return new Intl.NumberFormat("en", { maximumSignificantDigits: Math.abs(value) < 1000 ? 3 : 6 }).format(value);
}

/** "1 instance", "3 instances". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
