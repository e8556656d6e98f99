import { FlowLog as AwsFlowLog } from "@cdktf/provider-aws/lib/flow-log";
import { Construct } from "constructs";
import { LogGroup } from "./log-group";
import { Role } from "./role";
import { nameOf } from "./stack";

export interface FlowLogProps {
  readonly vpcId: string;
}

/**
 * Record of every connection in a VPC, in CloudWatch Logs
 * (https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html).
 */
export class FlowLog extends Construct {
  readonly resource: AwsFlowLog;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, { vpcId }: FlowLogProps) {
    super(scope, id);
    this.logGroup = new LogGroup(this, "logs");
    const role = new Role(this, "delivery", {
      service: "vpc-flow-logs.amazonaws.com",
      description: `Delivers the flow log ${nameOf(this)}`,
    });
    this.logGroup.grant({ role }, [
      "logs:CreateLogStream",
      "logs:PutLogEvents",
      "logs:DescribeLogGroups",
      "logs:DescribeLogStreams",
    ]);
    this.resource = new AwsFlowLog(this, "flow-log", {
      vpcId,
      trafficType: "ALL",
      logDestinationType: "cloud-watch-logs",
      logDestination: this.logGroup.resource.arn,
      iamRoleArn: role.resource.arn,
      tags: { Name: nameOf(this) },
    });
  }
}
