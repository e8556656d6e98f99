import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { KmsAlias } from "@cdktf/provider-aws/lib/kms-alias";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { SnsTopicPolicy } from "@cdktf/provider-aws/lib/sns-topic-policy";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription";
import { Construct } from "constructs";
import { ALARM_PERIODS, isAlarmPeriod, type Statistic } from "./metric";
import { denyPlainHttp, policyDocument } from "./policy";
import { Stack, nameOf } from "./stack";
import { isIntegerBetween, rule, validate } from "./validation";

/** Who gets an alarm: a topic's subscribers, or explicitly nobody (the alarm still shows in CloudWatch). */
export type AlarmTarget = AlarmTopic | "nobody";

export interface AlarmTopicProps {
  /** Addresses that get every alarm once their owners have confirmed. Default: none. */
  readonly emails?: readonly string[];
}

/** The SNS topic of a stack's alarms: encrypted, TLS only, writable by this account's CloudWatch alarms alone. */
export class AlarmTopic extends Construct {
  readonly arn: string;

  /** The topic as the environment's setting `alarms` says. */
  static fromEnvironment(scope: Construct, id: string): AlarmTarget {
    const { alarms } = Stack.of(scope).environment;
    if (alarms === "nobody") return "nobody";
    return "topicArn" in alarms ? new AlarmTopic(scope, id, alarms.topicArn) : new AlarmTopic(scope, id, alarms);
  }

  /**
   * Makes the topic that all stacks of the environment may share, with the subscribers that the setting `alarms` lists.
   * Its ARN then goes into that setting.
   */
  static ofEnvironment(scope: Construct, id: string): AlarmTopic {
    const { alarms } = Stack.of(scope).environment;
    return new AlarmTopic(scope, id, { emails: alarms === "nobody" ? [] : alarms.emails });
  }

  /** @param topic props of a new topic, or the ARN of one that is there */
  constructor(scope: Construct, id: string, topic: AlarmTopicProps | string) {
    super(scope, id);
    this.arn = typeof topic === "string" ? topic : this.#create(topic);
  }

  #create({ emails = [] }: AlarmTopicProps): string {
    const stack = Stack.of(this);
    const name = nameOf(this);
    const fromThisAccount = { StringEquals: { "aws:SourceAccount": stack.accountId } };
    // CloudWatch cannot use AWS's own key for SNS: the topic needs one whose policy lets alarms in.
    // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    const key = new KmsKey(this, "key", {
      description: `Encrypts the topic ${name}`,
      enableKeyRotation: true,
      policy: policyDocument([
        {
          sid: "Administration",
          principals: { AWS: stack.globalArn("iam", "root") },
          actions: ["kms:*"],
          resources: ["*"],
        },
        {
          sid: "Alarms",
          principals: { Service: "cloudwatch.amazonaws.com" },
          actions: ["kms:Decrypt", "kms:GenerateDataKey"],
          resources: ["*"],
          conditions: fromThisAccount,
        },
      ]),
    });
    new KmsAlias(this, "key-alias", { name: `alias/${name}`, targetKeyId: key.keyId });
    const { arn } = new SnsTopic(this, "topic", { name, kmsMasterKeyId: key.arn });
    new SnsTopicPolicy(this, "policy", {
      arn,
      policy: policyDocument([
        {
          sid: "Alarms",
          principals: { Service: "cloudwatch.amazonaws.com" },
          actions: ["sns:Publish"],
          resources: [arn],
          conditions: fromThisAccount,
        },
        denyPlainHttp(["sns:Publish"], [arn]),
      ]),
    });
    for (const [i, endpoint] of emails.entries()) {
      new SnsTopicSubscription(this, `email-${i}`, { topicArn: arn, protocol: "email", endpoint });
    }
    return arn;
  }
}

export interface AlarmProps {
  readonly notify: AlarmTarget;
  /** What happened and what to do first, for the one who is woken up. */
  readonly description: string;
  /** CloudWatch's namespace, such as `AWS/SQS`. */
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: Statistic;
  /** What else it starts, by ARN, such as the recovery of a machine. Default: nothing. */
  readonly actions?: readonly string[];
  /** The alarm rings above this value. Either this or `below`. */
  readonly above?: number;
  /** The alarm rings below this value. */
  readonly below?: number;
  /** Seconds over which the statistic is taken: 10, 30 or a multiple of 60. Default: 60. */
  readonly period?: number;
  /** Periods in a row before the alarm rings. Default: 1. */
  readonly periods?: number;
}

/** A CloudWatch alarm on one metric. Missing data is no alarm: these metrics are absent while nothing happens. */
export class Alarm extends Construct {
  readonly resource: CloudwatchMetricAlarm;

  /** @throws Error for a period that CloudWatch does not offer, and for a value on neither or both sides */
  constructor(scope: Construct, id: string, props: AlarmProps) {
    super(scope, id);
    const { notify, above, below, period = 60, periods = 1 } = props;
    validate(this, [
      rule("above, below", [above, below], (values) => values.filter(isGiven).length === 1, "exactly one of them"),
      rule("period", period, isAlarmPeriod, ALARM_PERIODS),
      rule("periods", periods, isIntegerBetween(1, 1440), "1 to 1440"),
    ]);
    const topics = notify === "nobody" ? [] : [notify.arn];
    const alarmActions = [...(props.actions ?? []), ...topics];
    this.resource = new CloudwatchMetricAlarm(this, "alarm", {
      alarmName: nameOf(this),
      alarmDescription: props.description,
      namespace: props.namespace,
      metricName: props.metric,
      dimensions: { ...props.dimensions },
      statistic: props.statistic,
      comparisonOperator: above === undefined ? "LessThanThreshold" : "GreaterThanThreshold",
      threshold: above ?? below,
      period,
      evaluationPeriods: periods,
      treatMissingData: "notBreaching",
      alarmActions: alarmActions.length > 0 ? alarmActions : undefined,
      okActions: topics.length > 0 ? topics : undefined,
    });
  }
}

function isGiven(value: number | undefined): boolean {
  return value !== undefined;
}
