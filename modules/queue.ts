import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import { SqsQueuePolicy } from "@cdktf/provider-aws/lib/sqs-queue-policy";
import { SqsQueueRedriveAllowPolicy } from "@cdktf/provider-aws/lib/sqs-queue-redrive-allow-policy";
import { Construct } from "constructs";
import { Alarm, type AlarmTarget } from "./alarms";
import type { Metric, Statistic } from "./metric";
import { denyPlainHttp, policyDocument } from "./policy";
import { grant, type Grantee } from "./role";
import { nameOf } from "./stack";
import { isIntegerBetween, rule, validate } from "./validation";

const DAY = 86_400;
/** SQS's longest retention; a message keeps its age when it moves to the dead-letter queue, which must outlast the queue. */
const MAX_RETENTION = 14 * DAY;

export interface QueueProps {
  /** Seconds for which a received message is hidden: longer than the work on it. 0 to 43200. */
  readonly visibilityTimeout: number;
  readonly deadLetter: {
    /** Receives after which a message counts as poison. 1 to 1000. */
    readonly maxReceiveCount: number;
  };
  /** Who hears of a message in the dead-letter queue. */
  readonly alarms: AlarmTarget;
  /** Seconds for which a message waits to be received, 60 to 604800. Default: 4 days, as SQS's own. */
  readonly retention?: number;
  /** Seconds for which a receive waits for a message to come, 0 to 20. Default: 20, the fewest empty answers. */
  readonly receiveWait?: number;
}

/** How a metric of the queue is read. */
export interface QueueMetricProps {
  readonly statistic: Statistic;
  /** Seconds, a multiple of 60: SQS publishes one data point a minute. */
  readonly period: number;
}

/**
 * A standard SQS queue: encrypted, TLS only, long polling, with a dead-letter queue that only it may use and an alarm when
 * that holds a message. Limits: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
 */
export class Queue extends Construct {
  readonly resource: SqsQueue;
  readonly deadLetterQueue: SqsQueue;
  readonly deadLetterAlarm: Alarm;

  /** @throws Error for a number outside of SQS's limits */
  constructor(
    scope: Construct,
    id: string,
    { visibilityTimeout, deadLetter: { maxReceiveCount }, alarms, retention = 4 * DAY, receiveWait = 20 }: QueueProps,
  ) {
    super(scope, id);
    validate(this, [
      rule("visibilityTimeout", visibilityTimeout, isIntegerBetween(0, 43_200), "0 to 43200 seconds"),
      rule("deadLetter.maxReceiveCount", maxReceiveCount, isIntegerBetween(1, 1000), "1 to 1000"),
      rule("retention", retention, isIntegerBetween(60, 7 * DAY), `60 to ${7 * DAY} seconds`),
      rule("receiveWait", receiveWait, isIntegerBetween(0, 20), "0 to 20 seconds"),
    ]);
    const name = nameOf(this);
    this.deadLetterQueue = new SqsQueue(this, "dead-letter-queue", {
      name: `${name}-dead-letter`,
      messageRetentionSeconds: MAX_RETENTION,
      sqsManagedSseEnabled: true,
    });
    this.resource = new SqsQueue(this, "queue", {
      name,
      visibilityTimeoutSeconds: visibilityTimeout,
      messageRetentionSeconds: retention,
      receiveWaitTimeSeconds: receiveWait,
      sqsManagedSseEnabled: true,
      redrivePolicy: JSON.stringify({ deadLetterTargetArn: this.deadLetterQueue.arn, maxReceiveCount }),
    });
    new SqsQueueRedriveAllowPolicy(this, "redrive-allow-policy", {
      queueUrl: this.deadLetterQueue.id,
      redriveAllowPolicy: JSON.stringify({ redrivePermission: "byQueue", sourceQueueArns: [this.resource.arn] }),
    });
    for (const queue of [this.resource, this.deadLetterQueue]) {
      new SqsQueuePolicy(this, `${queue.node.id}-policy`, {
        queueUrl: queue.id,
        policy: policyDocument([denyPlainHttp(["sqs:*"], [queue.arn])]),
      });
    }
    this.deadLetterAlarm = new Alarm(this, "dead-letters", {
      notify: alarms,
      description: `${name}-dead-letter holds messages that failed ${maxReceiveCount} times: read the worker's log, mend the cause, then redrive them.`,
      namespace: "AWS/SQS",
      metric: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: this.deadLetterQueue.name },
      statistic: "Maximum",
      above: 0,
    });
  }

  get url(): string {
    return this.resource.url;
  }

  get name(): string {
    return this.resource.name;
  }

  /**
   * A metric that SQS publishes of the queue, such as `ApproximateNumberOfMessagesVisible`. Without data points it counts as
   * zero: SQS leaves them out once nobody has used the queue, and nothing was in it, for some hours.
   * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
   * @throws Error for a period that SQS has no data points for
   */
  metric(name: string, { statistic, period }: QueueMetricProps): Metric {
    validate(this, [
      rule("period", period, (seconds) => seconds > 0 && seconds % 60 === 0, "a multiple of 60 seconds"),
    ]);
    return {
      namespace: "AWS/SQS",
      name,
      dimensions: { QueueName: this.name },
      statistic,
      period,
      missing: "zero",
    };
  }

  /** Allows literal actions on the queue (not on its dead-letter queue). */
  grant(grantee: Grantee, actions: readonly string[]): void {
    grant(this, grantee, "sqs", actions, [this.resource.arn]);
  }
}
