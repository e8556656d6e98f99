/** A node of a parsed Terraform expression. */
export type Node =
  | { kind: "literal"; value: string | number | boolean | null }
  | { kind: "template"; parts: Part[] }
  | ReferenceNode
  | { kind: "get"; object: Node; key: Node }
  | { kind: "call"; name: string; items: Node[] }
  | { kind: "list"; items: Node[] }
  | { kind: "object"; entries: [Node, Node][] };

/** `aws_x.y.attribute…`, `data.aws_x.y.attribute…` or `local.y…`; `path` is what follows the attribute (or the local's name). */
export interface ReferenceNode {
  kind: "reference";
  mode: "resource" | "data" | "local";
  type: string;
  name: string;
  attribute: string;
  path: Node[];
}

/** A piece of a template: literal text or an expression. */
export type Part = string | Node;

const identifier = /[A-Za-z_][A-Za-z0-9_-]*/y;
const number = /-?\d+(\.\d+)?/y;
const space = /\s*/y;
const escapes: Record<string, string> = { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\" };

/** Parses a whole string of cdk.tf.json. */
export function parseTemplate(text: string): Part[] {
  const parser = new Parser(text);
  return parser.template(undefined);
}

/** A recursive descent parser for the part of Terraform's expression language that cdktf writes. */
class Parser {
  private at = 0;

  constructor(private readonly text: string) {}

  /** Reads literal text and `${…}` up to the end, or up to the closing quote of a string inside an expression. */
  template(end: '"' | undefined): Part[] {
    const parts: Part[] = [];
    let literal = "";
    const flush = (): void => {
      if (literal !== "") parts.push(literal);
      literal = "";
    };
    for (;;) {
      if (this.at >= this.text.length) {
        if (end !== undefined) throw this.error(`a closing ${end}`);
        flush();
        return parts;
      }
      if (this.take("$${")) literal += "${";
      else if (this.take("%%{")) literal += "%{";
      else if (this.take("${")) {
        flush();
        parts.push(this.expression());
        this.expect("}");
      } else if (this.text.startsWith("%{", this.at)) {
        throw new Error("the directive %{…} is not supported (a literal one is written %%{)");
      } else if (end !== undefined && this.take(end)) {
        flush();
        return parts;
      } else if (end !== undefined && this.take("\\")) {
        literal += this.escape();
      } else {
        literal += this.text.charAt(this.at++);
      }
    }
  }

  private escape(): string {
    const character = this.text.charAt(this.at++);
    const escaped = escapes[character];
    if (escaped === undefined) throw new Error(`the escape \\${character} is not supported`);
    return escaped;
  }

  private expression(): Node {
    this.skipSpace();
    let node = this.primary();
    for (;;) {
      this.skipSpace();
      if (this.take("[")) {
        const key = this.expression();
        this.expect("]");
        node = append(node, key);
      } else if (this.take(".")) {
        const name = this.match(identifier) ?? this.match(number);
        if (name === undefined) throw this.error("a name after the dot");
        node = append(node, { kind: "literal", value: name });
      } else {
        return node;
      }
    }
  }

  private primary(): Node {
    if (this.take('"')) return { kind: "template", parts: this.template('"') };
    if (this.take("[")) return { kind: "list", items: this.items("]") };
    if (this.take("{")) return { kind: "object", entries: this.entries() };
    if (this.take("(")) {
      const inner = this.expression();
      this.expect(")");
      return inner;
    }
    const digits = this.match(number);
    if (digits !== undefined) return { kind: "literal", value: Number(digits) };
    const name = this.match(identifier);
    if (name === undefined) throw this.error("an expression");
    if (name === "true" || name === "false") return { kind: "literal", value: name === "true" };
    if (name === "null") return { kind: "literal", value: null };
    if (this.take("(")) return { kind: "call", name, items: this.items(")") };
    return this.reference(name);
  }

  private reference(first: string): Node {
    const next = (): string => {
      if (!this.take(".")) throw this.error(`a dot after "${first}"`);
      const name = this.match(identifier);
      if (name === undefined) throw this.error("a name after the dot");
      return name;
    };
    if (first === "local") return { kind: "reference", mode: "local", type: "", name: next(), attribute: "", path: [] };
    if (["var", "module", "path", "each", "count", "self", "terraform"].includes(first)) {
      throw new Error(`the reference ${first}.… is not supported`);
    }
    const mode = first === "data" ? "data" : "resource";
    const type = mode === "data" ? next() : first;
    return { kind: "reference", mode, type, name: next(), attribute: next(), path: [] };
  }

  private items(end: string): Node[] {
    const items: Node[] = [];
    for (;;) {
      this.skipSpace();
      if (this.take(end)) return items;
      items.push(this.expression());
      this.skipSpace();
      if (!this.take(",")) {
        this.expect(end);
        return items;
      }
    }
  }

  private entries(): [Node, Node][] {
    const entries: [Node, Node][] = [];
    for (;;) {
      this.skipSpace();
      if (this.take("}")) return entries;
      const name = this.match(identifier);
      const key: Node = name === undefined ? this.expression() : { kind: "literal", value: name };
      this.skipSpace();
      if (!this.take("=")) this.expect(":");
      entries.push([key, this.expression()]);
      this.skipSpace();
      if (!this.take(",") && !this.text.startsWith("}", this.at)) throw this.error('"," or "}"');
    }
  }

  private skipSpace(): void {
    this.match(space);
  }

  private take(token: string): boolean {
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  private expect(token: string): void {
    this.skipSpace();
    if (!this.take(token)) throw this.error(`"${token}"`);
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private error(expected: string): Error {
    const rest = this.text.slice(this.at, this.at + 20);
    return new Error(`expected ${expected} at character ${this.at}${rest === "" ? "" : `, before "${rest}"`}`);
  }
}

function append(node: Node, key: Node): Node {
  if (node.kind === "reference") return { ...node, path: [...node.path, key] };
  return { kind: "get", object: node, key };
}
