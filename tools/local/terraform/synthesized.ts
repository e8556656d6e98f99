import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Reference, type Scope, evaluateDeep, referencesOf } from "./expression";
import { type Value, asString } from "./value";

type Body = Record<string, Value>;

/** The attributes that only exist once a resource does: ARNs, URLs, addresses. `undefined` when it has none such. */
export type ComputedAttributes = (resource: Resource, attribute: string) => Value | undefined;

/** The answers of data sources. `undefined` when the data source or the attribute is not known. */
export type DataSources = (type: string, attribute: string, body: Body) => Value | undefined;

/** One resource of a synthesized stack. Reading a property evaluates the expressions in it. */
export class Resource {
  constructor(
    private readonly stack: SynthesizedStack,
    /** Its type, "aws_sqs_queue" */
    readonly type: string,
    /** Its name in the JSON; never to be relied on */
    readonly name: string,
    private readonly body: Body,
  ) {}

  /** Terraform's address, "aws_sqs_queue.work" */
  get address(): string {
    return `${this.type}.${this.name}`;
  }

  /** The ids of the constructs that hold it, below the stack: ["work", "queue"] */
  get constructPath(): string[] {
    const note = this.body["//"];
    const metadata = isBody(note) && isBody(note.metadata) ? note.metadata : {};
    return typeof metadata.path === "string" ? metadata.path.split("/").slice(1) : [this.name];
  }

  /** The name that the stack's author gave to the module that made it: "work" */
  get id(): string {
    return this.constructPath[0] ?? this.name;
  }

  /** The names of the properties that are set */
  get properties(): string[] {
    return Object.keys(this.body).filter((key) => key !== "//");
  }

  /** A property as it was written, not evaluated */
  raw(property: string): Value | undefined {
    return this.body[property] ?? undefined;
  }

  /** A property, evaluated */
  value(property: string): Value | undefined {
    const raw = this.raw(property);
    return raw === undefined ? undefined : this.stack.evaluate(raw, `${this.address}.${property}`);
  }

  /** A property that must be there, as a string */
  string(property: string): string {
    return asString(this.required(property));
  }

  /** A property that may be missing, as a string */
  optionalString(property: string): string | undefined {
    const value = this.value(property);
    return value === undefined ? undefined : asString(value);
  }

  /** A property as a number, or the default */
  number(property: string, fallback?: number): number {
    const value = this.value(property) ?? fallback;
    const number = Number(value);
    if (value === undefined || Number.isNaN(number)) {
      throw new Error(`${this.address}.${property} must be a number, got ${JSON.stringify(value)}`);
    }
    return number;
  }

  /** The strings of a list property; an empty list when it is missing. Not evaluated: to be followed. */
  references(property: string): string[] {
    const raw = this.raw(property) ?? [];
    return (Array.isArray(raw) ? raw : [raw]).map(asString);
  }

  /** The nested blocks of a property (cdktf writes one block as an object or as a list of one), as resources to read from. */
  blocks(property: string): Resource[] {
    const raw = this.raw(property) ?? [];
    const place = `${this.name}.${property}`;
    return (Array.isArray(raw) ? raw : [raw])
      .filter(isBody)
      .map((body) => new Resource(this.stack, this.type, place, body));
  }

  /** The resource that a property refers to */
  follow(property: string): Resource {
    return this.stack.follow(asString(this.raw(property) ?? ""), `${this.address}.${property}`);
  }

  private required(property: string): Value {
    const value = this.value(property);
    if (value === undefined) throw new Error(`${this.address} has no ${property}`);
    return value;
  }
}

/** A stack as `app.synth()` wrote it: the only thing that tools/local knows about a stack. */
export class SynthesizedStack implements Scope {
  /** Every managed resource, in the order of the file */
  readonly resources: Resource[];
  /** Where services that run here are told to find what only exists at run time */
  private computed: ComputedAttributes = () => undefined;
  private sources: DataSources = () => undefined;

  /**
   * @param name the stack's name
   * @param json its cdk.tf.json
   */
  constructor(
    readonly name: string,
    /** The content of its cdk.tf.json, not to be changed */
    readonly json: Body,
  ) {
    this.resources = Object.entries(section(json.resource)).flatMap(([type, named]) =>
      Object.entries(section(named)).map(([key, body]) => new Resource(this, type, key, section(body))),
    );
  }

  /** Reads `<outdir>/stacks/<name>/cdk.tf.json`. */
  static read(outdir: string, name: string): SynthesizedStack {
    const text = readFileSync(join(outdir, "stacks", name, "cdk.tf.json"), "utf8");
    return new SynthesizedStack(name, JSON.parse(text) as Body);
  }

  /** Says what computed attributes and data sources answer. To be called before anything that needs them is evaluated. */
  answerWith(computed: ComputedAttributes, sources: DataSources): void {
    this.computed = computed;
    this.sources = sources;
  }

  /** The stack's region, from its AWS provider */
  get region(): string {
    const providers = section(this.json.provider).aws;
    const provider = Array.isArray(providers) ? providers[0] : providers;
    const region = isBody(provider) ? provider.region : undefined;
    if (typeof region !== "string") throw new Error(`stack "${this.name}": its AWS provider names no region`);
    return asString(this.evaluate(region, "provider.aws.region"));
  }

  /** The stack's outputs, not evaluated */
  get outputs(): Record<string, Value> {
    return Object.fromEntries(
      Object.entries(section(this.json.output)).map(([name, output]) => [name, section(output).value ?? null]),
    );
  }

  /** Names of the stack's Terraform variables */
  get variables(): string[] {
    return Object.keys(section(this.json.variable));
  }

  /** Every resource of a type */
  ofType(type: string): Resource[] {
    return this.resources.filter((resource) => resource.type === type);
  }

  /** Evaluates every expression in a value. */
  evaluate(value: Value, place: string): Value {
    return evaluateDeep(value, this, place);
  }

  /** The one resource that a string such as `${aws_iam_role.x.arn}` refers to. */
  follow(text: string, place: string): Resource {
    const references = referencesOf(text).filter((reference) => reference.mode === "resource");
    const [only] = references;
    if (only === undefined || references.length > 1) {
      throw new Error(`${place}: expected a reference to one resource, got ${JSON.stringify(text)}`);
    }
    return this.find(only, place);
  }

  local(name: string): Value {
    const value = section(this.json.locals)[name];
    if (value === undefined) throw new Error(`there is no local.${name}`);
    return this.evaluate(value, `local.${name}`);
  }

  resource(type: string, name: string, attribute: string): Value {
    const resource = this.find({ mode: "resource", type, name }, `${type}.${name}`);
    const value = this.computed(resource, attribute) ?? resource.value(attribute);
    if (value === undefined) {
      throw new Error(`${type}.${name}.${attribute} is only known on AWS; nothing on this machine stands for it`);
    }
    return value;
  }

  data(type: string, name: string, attribute: string): Value {
    const body = section(section(section(this.json.data)[type])[name]);
    const value = this.sources(type, attribute, body) ?? body[attribute];
    if (value === undefined) throw new Error(`data.${type}.${name}.${attribute} has no answer on this machine`);
    return value;
  }

  private find(reference: Reference, place: string): Resource {
    const found = this.resources.find(({ type, name }) => type === reference.type && name === reference.name);
    if (found === undefined) throw new Error(`${place}: there is no resource ${reference.type}.${reference.name}`);
    return found;
  }
}

function isBody(value: Value | undefined): value is Body {
  return value !== undefined && value !== null && typeof value === "object" && !Array.isArray(value);
}

function section(value: Value | undefined): Body {
  return isBody(value) ? value : {};
}
