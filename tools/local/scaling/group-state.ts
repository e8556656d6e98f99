/** A group as a scaling policy sees it at one moment. */
export interface GroupState {
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  /** Instances that are starting, or in service for less than the warm-up of the policy that asks */
  readonly warming: number;
  /** Instances that are draining or stopping */
  readonly leaving: number;
}

/**
 * The capacity that a policy's wish amounts to.
 *
 * While instances warm up, a wish counts from the capacity without them, so that an alarm that goes on ringing does not add
 * the same capacity again; nothing is taken away meanwhile. Instances on their way out count as if they were there, so that
 * not more are taken away than was meant.
 * https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-simple-step.html
 * @param wish from the capacity that counts to the capacity that is wanted
 */
export function wantedCapacity(
  { min, max, desired, warming, leaving }: GroupState,
  wish: (capacity: number) => number,
): number {
  const within = (capacity: number): number => Math.min(Math.max(capacity, min), max);
  const warm = Math.max(desired - warming, 0);
  if (wish(warm) > warm) return Math.max(within(wish(warm)), desired);
  return warming > 0 ? desired : Math.min(within(wish(desired + leaving)), desired);
}
