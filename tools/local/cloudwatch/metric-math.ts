/** Values by the id of their query; undefined where there is no data. */
export type Operand = (id: string) => number | undefined;

/** A parsed expression. It has no value where an operand that it needs has none, or where it divides by zero. */
export type MetricMath = (operand: Operand) => number | undefined;

type Operator = (left: number, right: number) => number;

const operators: readonly Readonly<Record<string, Operator>>[] = [
  {
    "<": (a, b) => Number(a < b),
    "<=": (a, b) => Number(a <= b),
    ">": (a, b) => Number(a > b),
    ">=": (a, b) => Number(a >= b),
    "==": (a, b) => Number(a === b),
    "!=": (a, b) => Number(a !== b),
  },
  { "+": (a, b) => a + b, "-": (a, b) => a - b },
  { "*": (a, b) => a * b, "/": (a, b) => a / b },
];

const functions: Readonly<Record<string, (parameters: readonly MetricMath[]) => MetricMath>> = {
  // The second parameter stands where the first has no data.
  FILL:
    ([series, filler]) =>
    (operand) =>
      series?.(operand) ?? filler?.(operand),
  IF:
    ([condition, yes, no]) =>
    (operand) => {
      const holds = condition?.(operand);
      return holds === undefined ? undefined : holds !== 0 ? yes?.(operand) : no?.(operand);
    },
  MAX: (parameters) => (operand) => overAll(parameters, operand, Math.max),
  MIN: (parameters) => (operand) => overAll(parameters, operand, Math.min),
  CEIL:
    ([series]) =>
    (operand) =>
      mapped(series?.(operand), Math.ceil),
  FLOOR:
    ([series]) =>
    (operand) =>
      mapped(series?.(operand), Math.floor),
};

/**
 * Parses an expression of CloudWatch's metric math: arithmetic, comparisons, and the functions FILL, IF, MAX, MIN, CEIL, FLOOR
 * (MAX and MIN of a list of numbers, "MAX([m1, 1])").
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 * @throws Error naming what is not known here
 */
export function parseMetricMath(text: string): MetricMath {
  const parser = new Parser(text);
  return parser.whole();
}

class Parser {
  private readonly tokens: readonly string[];
  private position = 0;

  constructor(private readonly text: string) {
    this.tokens = text.match(/[A-Za-z_]\w*|\d+(?:\.\d+)?|[<>=!]=|\S/g) ?? [];
  }

  whole(): MetricMath {
    const value = this.level(0);
    if (this.position < this.tokens.length) this.fail();
    return value;
  }

  /** Operators that bind as loosely as the level says, and all that bind more tightly. */
  private level(level: number): MetricMath {
    const known = operators[level];
    if (known === undefined) return this.atom();
    let left = this.level(level + 1);
    for (let apply = known[this.next ?? ""]; apply !== undefined; apply = known[this.next ?? ""]) {
      this.position += 1;
      left = combined(left, this.level(level + 1), apply);
    }
    return left;
  }

  private atom(): MetricMath {
    const token = this.next ?? this.fail();
    this.position += 1;
    if (/^\d/.test(token)) return () => Number(token);
    if (token === "-")
      return combined(
        () => 0,
        this.atom(),
        (a, b) => a - b,
      );
    if (token === "(") {
      const inner = this.level(0);
      this.expect(")");
      return inner;
    }
    if (!/^[A-Za-z_]/.test(token)) return this.fail(token);
    if (this.next !== "(") return (operand) => operand(token);
    const make = functions[token] ?? this.fail(token);
    return make(this.parameters());
  }

  private parameters(): MetricMath[] {
    this.expect("(");
    const isList = this.next === "[";
    if (isList) this.position += 1;
    const parameters = [this.level(0)];
    while (this.next === ",") {
      this.position += 1;
      parameters.push(this.level(0));
    }
    if (isList) this.expect("]");
    this.expect(")");
    return parameters;
  }

  private get next(): string | undefined {
    return this.tokens[this.position];
  }

  private expect(token: string): void {
    if (this.next !== token) this.fail();
    this.position += 1;
  }

  private fail(token = this.next): never {
    throw new Error(
      `metric math "${this.text}": ${token === undefined ? "ends too early" : `"${token}" is not known`}`,
    );
  }
}

function combined(left: MetricMath, right: MetricMath, apply: Operator): MetricMath {
  return (operand) => {
    const [a, b] = [left(operand), right(operand)];
    if (a === undefined || b === undefined) return undefined;
    const value = apply(a, b);
    return Number.isFinite(value) ? value : undefined;
  };
}

function overAll(
  parameters: readonly MetricMath[],
  operand: Operand,
  apply: (...values: number[]) => number,
): number | undefined {
  const values = parameters.map((parameter) => parameter(operand)).filter((value) => value !== undefined);
  return values.length === 0 ? undefined : apply(...values);
}

function mapped(value: number | undefined, apply: (value: number) => number): number | undefined {
  return value === undefined ? undefined : apply(value);
}
