import { paginateDescribeAutoScalingGroups } from "@aws-sdk/client-auto-scaling";
import type { AwsClients } from "./aws/clients";
import type { StackFacts } from "./terraform/stack-facts";

/** Those of the stacks that have a group in AWS: nobody who goes back wants one that was never deployed. */
export async function stacksThatStand(
  { autoScaling }: Pick<AwsClients, "autoScaling">,
  stacks: readonly StackFacts[],
): Promise<StackFacts[]> {
  const names = stacks.flatMap(({ groups }) => groups.map(({ name }) => name));
  // Without a name AWS would describe every group of the account.
  if (names.length === 0) return [];
  const there = new Set<string | undefined>();
  for await (const { AutoScalingGroups = [] } of paginateDescribeAutoScalingGroups(
    { client: autoScaling },
    { AutoScalingGroupNames: names },
  )) {
    for (const { AutoScalingGroupName } of AutoScalingGroups) there.add(AutoScalingGroupName);
  }
  return stacks.filter(({ groups }) => groups.some(({ name }) => there.has(name)));
}
