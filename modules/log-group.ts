import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { Construct } from "constructs";
import { grant, type Grantee } from "./role";
import { Stack, nameOf } from "./stack";

export interface LogGroupProps {
  /** Where an AWS service expects one. Default: `/` and the name of what it belongs to. */
  readonly name?: string;
}

/** A CloudWatch log group, kept for the environment's retention and encrypted by CloudWatch Logs. */
export class LogGroup extends Construct {
  readonly resource: CloudwatchLogGroup;

  constructor(scope: Construct, id: string, { name = `/${nameOf(scope)}` }: LogGroupProps = {}) {
    super(scope, id);
    this.resource = new CloudwatchLogGroup(this, "log-group", {
      name,
      retentionInDays: Stack.of(this).environment.logRetentionDays,
    });
  }

  /** Allows literal actions on the group and the streams in it. */
  grant(grantee: Grantee, actions: readonly string[]): void {
    grant(this, grantee, "logs", actions, [`${this.resource.arn}:*`]);
  }
}
