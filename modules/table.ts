import { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table";
import { Construct } from "constructs";
import { grant, type Grantee } from "./role";
import { Stack, nameOf } from "./stack";
import { rule, validate } from "./validation";

/** A key attribute: its name and DynamoDB's type, `S` string, `N` number, `B` binary. */
export interface KeyAttribute {
  readonly name: string;
  readonly type: "S" | "N" | "B";
}

export interface TableIndex {
  readonly name: string;
  readonly partitionKey: KeyAttribute;
  readonly sortKey?: KeyAttribute;
  /** Which attributes the index repeats. Default: `KEYS_ONLY`, the cheapest. */
  readonly projection?: "ALL" | "KEYS_ONLY";
}

export interface TableProps {
  readonly partitionKey: KeyAttribute;
  readonly sortKey?: KeyAttribute;
  /** Global secondary indexes, at most 20 (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html). */
  readonly indexes?: readonly TableIndex[];
}

/**
 * A DynamoDB table: on-demand, encrypted, with point-in-time recovery; protected from deletion where the environment
 * protects data.
 */
export class Table extends Construct {
  readonly resource: DynamodbTable;

  /** @throws Error for an index name that is used twice, more than 20 indexes, or one attribute under two types */
  constructor(scope: Construct, id: string, { partitionKey, sortKey, indexes = [] }: TableProps) {
    super(scope, id);
    const keys = [partitionKey, sortKey, ...indexes.flatMap((index) => [index.partitionKey, index.sortKey])].filter(
      (key) => key !== undefined,
    );
    const attributes = new Map(keys.map((key) => [key.name, key]));
    validate(this, [
      rule("indexes", indexes, ({ length }) => length <= 20, "at most 20"),
      rule(
        "indexes",
        indexes.map((index) => index.name),
        (names) => new Set(names).size === names.length,
        "names that differ",
      ),
      ...keys.map((key) =>
        rule("type", key, ({ name, type }) => attributes.get(name)?.type === type, "one type for an attribute"),
      ),
    ]);
    this.resource = new DynamodbTable(this, "table", {
      name: nameOf(this),
      billingMode: "PAY_PER_REQUEST",
      hashKey: partitionKey.name,
      rangeKey: sortKey?.name,
      attribute: [...attributes.values()].map(({ name, type }) => ({ name, type })),
      globalSecondaryIndex: indexes.map((index) => ({
        name: index.name,
        hashKey: index.partitionKey.name,
        rangeKey: index.sortKey?.name,
        projectionType: index.projection ?? "KEYS_ONLY",
      })),
      pointInTimeRecovery: { enabled: true },
      serverSideEncryption: { enabled: true },
      deletionProtectionEnabled: Stack.of(this).environment.protectData,
    });
  }

  get name(): string {
    return this.resource.name;
  }

  /** Allows literal actions on the table. */
  grant(grantee: Grantee, actions: readonly string[]): void {
    grant(this, grantee, "dynamodb", actions, [this.resource.arn]);
  }

  /** Allows literal actions on one of its indexes. */
  grantIndex(grantee: Grantee, index: string, actions: readonly string[]): void {
    grant(this, grantee, "dynamodb", actions, [`${this.resource.arn}/index/${index}`]);
  }
}
