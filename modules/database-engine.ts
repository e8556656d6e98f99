import { MYSQL_WORDS, POSTGRES_WORDS } from "./reserved-words";

/** What differs from engine to engine. */
export interface DatabaseEngine {
  readonly port: number;
  /** Name of the master user, whose password RDS makes. */
  readonly user: string;
  /** Major versions in RDS's standard support, the default first. */
  readonly versions: readonly [string, ...string[]];
  /** Parameter that refuses connections without TLS when it is 1. */
  readonly forceTls: string;
  /** Other parameters: they have what takes longer than a second logged, which Database Insights shows. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Logs that RDS exports to CloudWatch Logs. */
  readonly logs: readonly string[];
  /** Characters that the name of a database has at most. */
  readonly maxNameLength: number;
  /** What no database may be called, in lower case. */
  readonly reservedWords: ReadonlySet<string>;
  /** Bytes of memory for which RDS allows one connection, and how many connections it allows at most. */
  readonly connections: { readonly bytes: number; readonly max: number };
}

/**
 * RDS for MySQL and for PostgreSQL.
 * Versions: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/MySQL.Concepts.VersionMgmt.html and
 * https://docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-release-calendar.html.
 * Slow queries: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DatabaseInsights.SlowSQL.html.
 * Connections: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html.
 * Names: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html.
 */
export const DATABASE_ENGINES = {
  mysql: {
    port: 3306,
    user: "admin",
    versions: ["8.4", "9.7"],
    forceTls: "require_secure_transport",
    parameters: { slow_query_log: "1", long_query_time: "1", log_output: "FILE" },
    logs: ["error", "slowquery"],
    maxNameLength: 64,
    reservedWords: MYSQL_WORDS,
    connections: { bytes: 12_582_880, max: Number.POSITIVE_INFINITY },
  },
  postgres: {
    port: 5432,
    user: "postgres",
    versions: ["17", "18", "16", "15", "14"],
    forceTls: "rds.force_ssl",
    parameters: { log_min_duration_statement: "1000" },
    logs: ["postgresql", "upgrade"],
    maxNameLength: 63,
    reservedWords: POSTGRES_WORDS,
    connections: { bytes: 9_531_392, max: 5000 },
  },
} as const satisfies Readonly<Record<string, DatabaseEngine>>;

/** Name of an engine, as RDS has it. */
export type DatabaseEngineName = keyof typeof DATABASE_ENGINES;
