import { type Value, asString } from "./value";

type Implementation = (...values: (Value | undefined)[]) => Value;

/** Terraform's functions, as far as a stack needs them on this machine. */
const functions: Record<string, Implementation> = {
  base64encode: (text) => Buffer.from(asString(need(text))).toString("base64"),
  base64decode: (text) => Buffer.from(asString(need(text)), "base64").toString(),
  concat: (...lists) => lists.flatMap(asList),
  element: (list, index) => {
    const items = asList(list);
    const item = items[Number(need(index)) % items.length];
    if (item === undefined) throw new Error("element() of an empty list");
    return item;
  },
  join: (separator, ...lists) =>
    lists
      .flatMap(asList)
      .map(asString)
      .join(asString(need(separator))),
  jsondecode: (text) => JSON.parse(asString(need(text))) as Value,
  jsonencode: (value) => JSON.stringify(need(value)),
  keys: (map) => Object.keys(asMap(map)).sort(),
  length: (value) => {
    if (typeof value === "string") return value.length;
    return Array.isArray(value) ? value.length : Object.keys(asMap(value)).length;
  },
  lookup: (map, key, fallback) => {
    const found = asMap(map)[asString(need(key))] ?? fallback;
    if (found === undefined) throw new Error(`lookup() finds no ${JSON.stringify(key)} and has no default`);
    return found;
  },
  lower: (text) => asString(need(text)).toLowerCase(),
  merge: (...maps) => Object.assign({}, ...maps.map(asMap)) as Value,
  nonsensitive: (value) => need(value),
  replace: (text, search, replacement) => {
    const pattern = asString(need(search));
    if (/^\/.*\/$/.test(pattern)) throw new Error("replace() with a regular expression is not supported");
    return asString(need(text)).replaceAll(pattern, asString(need(replacement)));
  },
  sensitive: (value) => need(value),
  split: (separator, text) => asString(need(text)).split(asString(need(separator))),
  tolist: (list) => asList(list),
  tonumber: (value) => {
    const number = Number(need(value));
    if (Number.isNaN(number)) throw new Error(`tonumber(${JSON.stringify(value)}) is not a number`);
    return number;
  },
  tostring: (value) => asString(need(value)),
  trimspace: (text) => asString(need(text)).trim(),
  upper: (text) => asString(need(text)).toUpperCase(),
  values: (map) =>
    Object.entries(asMap(map))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, value]) => value),
  zipmap: (keys, values) => {
    const items = asList(values);
    return Object.fromEntries(asList(keys).map((key, index) => [asString(key), items[index] ?? null]));
  },
};

/** Calls one of Terraform's functions. Unknown ones and wrong arguments are errors. */
export function evaluateFunction(name: string, values: Value[]): Value {
  const implementation = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (implementation === undefined) {
    throw new Error(`the function ${name}() is not supported here (supported: ${Object.keys(functions).join(", ")})`);
  }
  return implementation(...values);
}

function need(value: Value | undefined): Value {
  if (value === undefined) throw new Error("a function got too few arguments");
  return value;
}

function asList(value: Value | undefined): Value[] {
  if (!Array.isArray(value)) throw new Error(`a list is needed where the value is ${JSON.stringify(value)}`);
  return value;
}

function asMap(value: Value | undefined): Record<string, Value> {
  if (value === undefined || value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new Error(`a map is needed where the value is ${JSON.stringify(value)}`);
  }
  return value;
}
