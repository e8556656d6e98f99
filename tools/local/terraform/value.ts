/** What a Terraform expression can yield. */
export type Value = string | number | boolean | null | Value[] | { [key: string]: Value };

/** The string that Terraform makes of a string, number or boolean; other values are an error. */
export function asString(value: Value): string {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value);
  throw new Error(`a string is needed where the value is ${JSON.stringify(value)}`);
}
