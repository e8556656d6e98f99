import type {
  GetParameterCommandInput,
  GetParameterHistoryCommandInput,
  GetParametersByPathCommandInput,
  LabelParameterVersionCommandInput,
  PutParameterCommandInput,
} from "@aws-sdk/client-ssm";
import { type Answer, awsError, page } from "./answers";

interface Version {
  readonly number: number;
  readonly value: string;
  readonly description: string;
  readonly labels: Set<string>;
  /** Looks after which SSM has accepted the value */
  looksUntilAccepted: number;
}

const FIRST_DAY = Date.UTC(2026, 0, 1);
const DAY = 24 * 60 * 60 * 1000;

/** Parameters of SSM with their versions and labels. */
export class ScriptedParameters {
  /** Looks that SSM takes to accept an image that exists; another one it never accepts */
  looksUntilAccepted = 0;
  readonly #parameters = new Map<string, Version[]>();

  constructor(private readonly isImage: (id: string) => boolean) {}

  /** Values that were written before the test begins, the oldest first. */
  set(name: string, ...values: readonly string[]): void {
    for (const value of values) this.#add(name, value, "published in a test", 0);
  }

  label(name: string, number: number, label: string): void {
    const versions = this.#versions(name);
    for (const { labels } of versions) labels.delete(label);
    versions.find((version) => version.number === number)?.labels.add(label);
  }

  delete(name: string): void {
    this.#parameters.delete(name);
  }

  /** The value that everybody sees; undefined when there is none. */
  value(name: string): string | undefined {
    return this.#accepted(name)[0]?.value;
  }

  /** The values that carry a label. */
  labelled(name: string, label: string): string[] {
    return this.#versions(name).flatMap(({ value, labels }) => (labels.has(label) ? [value] : []));
  }

  /** Who wrote what and why, the newest first. */
  descriptions(name: string): string[] {
    return this.#versions(name).map(({ description }) => description);
  }

  readonly answers: Readonly<Record<string, Answer>> = {
    GetParameter: ({ Name = "" }: GetParameterCommandInput) => {
      for (const version of this.#parameters.get(Name) ?? []) version.looksUntilAccepted -= 1;
      const [newest] = this.#accepted(Name);
      if (!newest) throw awsError("ParameterNotFound");
      return { Parameter: { Name, Value: newest.value, Version: newest.number } };
    },
    GetParameterHistory: ({ Name = "", NextToken }: GetParameterHistoryCommandInput) => {
      if (this.#accepted(Name).length === 0) throw awsError("ParameterNotFound");
      const oldestFirst = this.#accepted(Name).reverse();
      const { items, next } = page(oldestFirst, NextToken);
      const Parameters = items.map(({ number, value, description, labels }) => ({
        Version: number,
        Value: value,
        Description: description,
        Labels: [...labels],
        LastModifiedDate: new Date(FIRST_DAY + number * DAY),
        LastModifiedUser: "arn:aws:iam::111122223333:user/publisher",
      }));
      return { Parameters, ...(next !== undefined && { NextToken: next }) };
    },
    GetParametersByPath: ({ Path = "", Recursive = false, NextToken }: GetParametersByPathCommandInput) => {
      const below = [...this.#parameters.keys()].filter((name) => name.startsWith(`${Path}/`));
      const names = below.filter((name) => Recursive || !name.slice(Path.length + 1).includes("/"));
      const { items, next } = page(names, NextToken);
      const Parameters = items.map((Name) => ({ Name, Value: this.value(Name) }));
      return { Parameters, ...(next !== undefined && { NextToken: next }) };
    },
    PutParameter: ({ Name = "", Value = "", Description = "", DataType }: PutParameterCommandInput) => {
      const accepted = DataType !== "aws:ec2:image" || this.isImage(Value);
      return { Version: this.#add(Name, Value, Description, accepted ? this.looksUntilAccepted : Infinity) };
    },
    LabelParameterVersion: ({ Name = "", ParameterVersion = 0, Labels = [] }: LabelParameterVersionCommandInput) => {
      for (const label of Labels) this.label(Name, ParameterVersion, label);
      return { InvalidLabels: [], ParameterVersion };
    },
  };

  #add(name: string, value: string, description: string, looksUntilAccepted: number): number {
    const versions = this.#parameters.get(name) ?? [];
    const number = (versions[0]?.number ?? 0) + 1;
    const version = { number, value, description, labels: new Set<string>(), looksUntilAccepted };
    this.#parameters.set(name, [version, ...versions]);
    return number;
  }

  #versions(name: string): Version[] {
    const versions = this.#parameters.get(name);
    if (!versions) throw new Error(`the test has no parameter ${name}`);
    return versions;
  }

  #accepted(name: string): Version[] {
    return (this.#parameters.get(name) ?? []).filter(({ looksUntilAccepted }) => looksUntilAccepted <= 0);
  }
}
