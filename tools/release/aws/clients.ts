import { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { EC2Client } from "@aws-sdk/client-ec2";
import { SSMClient } from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

/** The parts of AWS that releases are made of, in one region. */
export interface AwsClients {
  readonly ec2: EC2Client;
  readonly ssm: SSMClient;
  readonly autoScaling: AutoScalingClient;
  readonly cloudWatch: CloudWatchClient;
  readonly sts: STSClient;
}

/** Who is calling. */
export interface Caller {
  readonly accountId: string;
  /** ARN of the user or of the role's session */
  readonly arn: string;
}

export function awsClients(region: string): AwsClients {
  // Many small reads while a roll-out is followed: throttling is answered with patience, not with failure.
  const config = { region, maxAttempts: 6 };
  return {
    ec2: new EC2Client(config),
    ssm: new SSMClient(config),
    autoScaling: new AutoScalingClient(config),
    cloudWatch: new CloudWatchClient(config),
    sts: new STSClient(config),
  };
}

export async function callerOf({ sts }: AwsClients): Promise<Caller> {
  const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({}));
  if (Account === undefined || Arn === undefined) throw new Error("STS did not say who is calling");
  return { accountId: Account, arn: Arn };
}
