/** What ElastiCache runs as a replication group. */
export type CacheEngine = keyof typeof CACHE_ENGINES;

/**
 * By engine, the version that is taken by default and those that can be asked for: of both, the ones with RBAC and a mode of
 * encryption in transit. A parameter group is for one major version.
 * https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ParameterGroups.Engine.html
 */
export const CACHE_ENGINES = {
  valkey: { version: "8.2", pattern: /^(7\.2|[89]\.\d)$/, allowed: "7.2, or a minor version of 8 or 9 such as 8.2" },
  redis: { version: "7.1", pattern: /^7\.[01]$/, allowed: "7.0 or 7.1, ElastiCache's last of Redis OSS" },
} as const;

/**
 * What a full cache does, as `maxmemory-policy` has it.
 * https://docs.aws.amazon.com/whitepapers/latest/database-caching-strategies-using-redis/evictions.html
 */
export type EvictionPolicy = (typeof EVICTION_POLICIES)[number];

export const EVICTION_POLICIES = [
  "allkeys-lru",
  "allkeys-lfu",
  "allkeys-random",
  "volatile-lru",
  "volatile-lfu",
  "volatile-ttl",
  "volatile-random",
  "noeviction",
] as const;

/** Whether it always finds something to throw away, so that no write is ever refused for want of memory. */
export function evictsAnything(policy: EvictionPolicy): boolean {
  return policy.startsWith("allkeys-");
}

/** Family of a parameter group, such as `valkey8`. */
export function familyOf(engine: CacheEngine, version: string): string {
  return `${engine}${version.replace(/\..*/, "")}`;
}
