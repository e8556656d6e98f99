import type { Resource, SynthesizedStack } from "../local/terraform/synthesized";
import { CACHE_FAILOVER, DATABASE_FAILOVER } from "./figures";
import { type Finding, type Outcome, MOMENTS_LOST, comesBack, goesOn, isGone } from "./model";
import { count, zonesOf } from "./references";

/** A service that AWS keeps up over several zones by itself. */
export function judgeRegional(resource: Resource, what: string): Finding[] {
  const outcome = goesOn("AWS keeps it in several zones");
  return [{ address: resource.address, what, outcomes: { process: outcome, machine: outcome, zone: outcome } }];
}

/** A load balancer: as many zones as its subnets. */
export function judgeLoadBalancer(stack: SynthesizedStack, balancer: Resource): Finding[] {
  const zones = zonesOf(stack, balancer, "subnets")?.size;
  const machine = goesOn("AWS replaces the load balancer's own machines");
  return [
    {
      address: balancer.address,
      what: `load balancer in ${zones === undefined ? "zones that the plan shows" : count(zones, "zone")}`,
      outcomes: {
        process: machine,
        machine,
        zone:
          zones === 1
            ? isGone("the load balancer stands in one zone")
            : goesOn("the load balancer answers in its other zones"),
      },
    },
  ];
}

/** An RDS instance: with a standby in another zone, or without. */
export function judgeDatabase(database: Resource): Finding[] {
  const standby = database.optionalString("multi_az") === "true";
  const backups = database.number("backup_retention_period", 0);
  const copies =
    backups > 0 ? `its backups of ${count(backups, "day")} can be restored by hand` : "it has no automated backups";
  const failover = comesBack("RDS fails over to the standby, which has everything", [DATABASE_FAILOVER]);
  return [
    {
      address: database.address,
      what: `RDS instance ${standby ? "with a standby in another zone" : "of one zone"}`,
      outcomes: {
        process: standby
          ? failover
          : comesBack("RDS restarts it", [{ ...DATABASE_FAILOVER, what: "until it has restarted", basis: "assumed" }]),
        machine: standby
          ? failover
          : isGone(`the database has no standby (multi_az): AWS says no time for its host; ${copies}`),
        zone: standby ? failover : isGone(`the database stands in one zone (multi_az is off); ${copies}`),
      },
    },
  ];
}

/** A Valkey or Redis cache: replicas that take over, or none. */
export function judgeCache(group: Resource): Finding[] {
  const replicas = Math.max(
    group.number("num_cache_clusters", 1) - 1,
    group.number("replicas_per_node_group", 0),
    ...group.references("preferred_cache_cluster_azs").map((_, index) => index),
  );
  const failsOver = replicas > 0 && group.optionalString("automatic_failover_enabled") === "true";
  const overZones = failsOver && group.optionalString("multi_az_enabled") === "true";
  const failover: Outcome = {
    ...comesBack("a replica takes over", [CACHE_FAILOVER]),
    dataLoss: MOMENTS_LOST,
    loses: "what was written in the last moments: replicas are not waited for",
  };
  return [
    {
      address: group.address,
      what: `ElastiCache with ${count(replicas, "replica")}${overZones ? " in other zones" : ""}`,
      outcomes: {
        process: failsOver
          ? failover
          : isGone("the cache has no replica that takes over by itself: what it holds is gone"),
        machine: failsOver
          ? failover
          : isGone("the cache has no replica that takes over by itself: what it holds is gone"),
        zone: overZones
          ? failover
          : isGone("the cache's replicas need not be in other zones (multi_az_enabled is off), or there are none"),
      },
    },
  ];
}
