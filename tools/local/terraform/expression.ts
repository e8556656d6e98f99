import { evaluateFunction } from "./expression-functions";
import { type Node, type Part, type ReferenceNode, parseTemplate } from "./expression-parser";
import { type Value, asString } from "./value";

/** Answers the references of an expression. */
export interface Scope {
  /** `local.<name>` */
  local(name: string): Value;
  /** `<type>.<name>.<attribute>` */
  resource(type: string, name: string, attribute: string): Value;
  /** `data.<type>.<name>.<attribute>` */
  data(type: string, name: string, attribute: string): Value;
}

/** A resource or data source that an expression mentions. */
export interface Reference {
  readonly mode: "resource" | "data" | "local";
  readonly type: string;
  readonly name: string;
}

/**
 * Evaluates a string of cdk.tf.json as Terraform would: `${…}` is evaluated, `$${` and `%%{` are a literal `${` and `%{`.
 *
 * A string that is one single `${…}` keeps the type of its expression.
 * @param place where the string stands, for error messages
 * @throws Error naming the expression and the place, when something in it is not supported or does not exist
 */
export function evaluateTemplate(text: string, scope: Scope, place: string): Value {
  try {
    return joinParts(parseTemplate(text), scope);
  } catch (error) {
    const shown = text.length > 300 ? `${text.slice(0, 300)}…` : text;
    throw new Error(`${place}: ${(error as Error).message} in "${shown}"`, { cause: error });
  }
}

/** Evaluates every string inside a JSON value; keys are left as they are. */
export function evaluateDeep(value: Value, scope: Scope, place: string): Value {
  if (typeof value === "string") return evaluateTemplate(value, scope, place);
  if (Array.isArray(value)) return value.map((item, index) => evaluateDeep(item, scope, `${place}[${index}]`));
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, evaluateDeep(item, scope, `${place}.${key}`)]),
    );
  }
  return value;
}

/** Every resource, data source and local that a string of cdk.tf.json refers to, in order. */
export function referencesOf(text: string): Reference[] {
  const found: Reference[] = [];
  const visit = (node: Node): void => {
    switch (node.kind) {
      case "reference":
        found.push({ mode: node.mode, type: node.type, name: node.name });
        node.path.forEach(visit);
        return;
      case "template":
        node.parts.forEach((part) => {
          if (typeof part !== "string") visit(part);
        });
        return;
      case "call":
      case "list":
        node.items.forEach(visit);
        return;
      case "object":
        node.entries.forEach((entry) => {
          entry.forEach(visit);
        });
        return;
      case "get":
        visit(node.object);
        visit(node.key);
        return;
      case "literal":
        return;
    }
  };
  visit({ kind: "template", parts: parseTemplate(text) });
  return found;
}

function evaluate(node: Node, scope: Scope): Value {
  switch (node.kind) {
    case "literal":
      return node.value;
    case "template":
      return joinParts(node.parts, scope);
    case "reference":
      return node.path.map((key) => evaluate(key, scope)).reduce(get, lookUp(node, scope));
    case "get":
      return get(evaluate(node.object, scope), evaluate(node.key, scope));
    case "call":
      // The one function whose arguments may fail.
      if (node.name === "try") return firstThatWorks(node.items, scope);
      return evaluateFunction(
        node.name,
        node.items.map((item) => evaluate(item, scope)),
      );
    case "list":
      return node.items.map((item) => evaluate(item, scope));
    case "object":
      return Object.fromEntries(
        node.entries.map(([key, value]) => [asString(evaluate(key, scope)), evaluate(value, scope)]),
      );
  }
}

function firstThatWorks([first, ...others]: readonly Node[], scope: Scope): Value {
  if (first === undefined) throw new Error("try() has no value left to try");
  try {
    return evaluate(first, scope);
  } catch (error) {
    if (others.length === 0) throw error;
    return firstThatWorks(others, scope);
  }
}

function lookUp(node: ReferenceNode, scope: Scope): Value {
  if (node.mode === "local") return scope.local(node.name);
  return scope[node.mode](node.type, node.name, node.attribute);
}

function get(object: Value, key: Value): Value {
  if (Array.isArray(object)) {
    const item = object[Number(key)];
    if (item === undefined)
      throw new Error(`the list has ${object.length} items, there is no [${JSON.stringify(key)}]`);
    return item;
  }
  if (object !== null && typeof object === "object") {
    const item = object[asString(key)];
    if (item === undefined) throw new Error(`there is no ${JSON.stringify(key)} in ${JSON.stringify(object)}`);
    return item;
  }
  throw new Error(`${JSON.stringify(object)} has no ${JSON.stringify(key)}: it is neither a list nor a map`);
}

function joinParts(parts: Part[], scope: Scope): Value {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && typeof only !== "string") return evaluate(only, scope);
  return parts.map((part) => (typeof part === "string" ? part : asString(evaluate(part, scope)))).join("");
}
