import type { DatabaseEngine, DatabaseEngineName } from "./database-engine";

/** GiB that the size `large` has in the usual families: burstable, general purpose, memory-optimized. */
const GIB_OF_LARGE: Readonly<Record<string, number>> = { t: 8, m: 8, r: 16 };
/** The other sizes, as parts and multiples of it; from `xlarge` on the name has the number. */
const PARTS_OF_LARGE: Readonly<Record<string, number>> = { micro: 1 / 8, small: 1 / 4, medium: 1 / 2, large: 1 };

/**
 * GiB of memory of an RDS instance class, https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Summary.html;
 * undefined for families other than t, m and r.
 */
export function memoryOf(instanceClass: string): number | undefined {
  const [, family = "", size = ""] = /^db\.([a-z])\d[a-z]*\.(\w+)$/.exec(instanceClass) ?? [];
  const times = /^(\d*)xlarge$/.exec(size)?.[1];
  const larges = times === undefined ? PARTS_OF_LARGE[size] : 2 * Number(times || 1);
  const large = GIB_OF_LARGE[family];
  return large === undefined || larges === undefined ? undefined : large * larges;
}

/**
 * Connections that RDS allows by its own formula, of all the memory that the class has. What RDS keeps for itself makes the real
 * number smaller: 307 instead of 341 for MySQL on a db.t3.medium.
 */
export function connectionsOf(instanceClass: string, { connections }: DatabaseEngine): number | undefined {
  const memory = memoryOf(instanceClass);
  return memory === undefined ? undefined : Math.min((memory * 2 ** 30) / connections.bytes, connections.max);
}

/**
 * Whether RDS records what a database of this class waits for. On MySQL it does not on the smallest ones, and refuses to make an
 * instance that asks for it: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DatabaseInsights.Engines.html.
 */
export function supportsInsights(instanceClass: string, engine: DatabaseEngineName): boolean {
  return engine !== "mysql" || !/^db\.t(2|3|4g)\.(micro|small)$/.test(instanceClass);
}
