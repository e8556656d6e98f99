import type { Addend } from "./model";

// Every figure of a report that does not stand in a synthesized stack, with its source. What nobody promises is an assumption, and
// the report says so.

/** One a minute (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_metrics_with_cloudwatch.html). */
export const STATUS_CHECK: Addend = { seconds: 60, what: "until EC2's status check has failed", basis: "AWS" };

/** AWS gives no figure for how long Auto Scaling takes to act on a failed check and EC2 to start a machine. */
export const LAUNCH: Addend = { seconds: 60, what: "until Auto Scaling has launched another", basis: "assumed" };

/**
 * A recovered instance has been moved to another host, which to it is a reboot
 * (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-recover.html); AWS gives no figure.
 */
export const RECOVERED_REBOOT: Addend = {
  seconds: 300,
  what: "until it has restarted on another host",
  basis: "assumed",
};

/** From the start of a process until it answers: a large Java service takes most of it. */
export const PROCESS_START: Addend = { seconds: 60, what: "until it answers", basis: "assumed" };

/** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.MultiAZ.Failover.html: "typically 60–120 seconds". */
export const DATABASE_FAILOVER: Addend = {
  seconds: 120,
  what: "until RDS has failed over to the standby",
  basis: "AWS",
};

/** https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/AutoFailover.html names no figure. */
export const CACHE_FAILOVER: Addend = { seconds: 60, what: "until a replica is promoted", basis: "assumed" };

/** systemd.service(5): the default of RestartSec=. */
export const RESTART_DELAY = 0.1;
/** https://docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks.html: a hook's default time. */
export const HOOK_TIMEOUT = 3600;
