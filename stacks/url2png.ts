import type { Construct } from "constructs";
import { AlarmTopic } from "../modules/alarms";
import { AutoScalingGroup } from "../modules/auto-scaling-group";
import { Bucket } from "../modules/bucket";
import { MachineImage } from "../modules/machine-image";
import { Queue } from "../modules/queue";
import { Stack, type StackProps } from "../modules/stack";
import { Vpc } from "../modules/vpc";

/** Seconds for which a worker may hold a message before another one gets it; it renews them while it works. */
const VISIBILITY_TIMEOUT = 120;

/**
 * A URL goes into a queue, a picture of its page comes into a bucket: a fleet of workers that grows with the backlog. Whoever
 * sends URLs and fetches pictures does it with credentials of their own (`sqs:SendMessage`, `s3:GetObject`).
 */
export class Url2png extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);
    const { egress, zones, flowLogs } = props.environment;
    const alarms = AlarmTopic.fromEnvironment(this, "alarms");

    const vpc = new Vpc(this, "vpc", { zones, egress, flowLogs });
    const pictures = new Bucket(this, "pictures", { expireAfterDays: 30 });
    const work = new Queue(this, "work", {
      visibilityTimeout: VISIBILITY_TIMEOUT,
      receiveWait: 10,
      deadLetter: { maxReceiveCount: 10 },
      alarms,
    });

    const worker = new AutoScalingGroup(this, "worker", {
      vpc,
      image: MachineImage.released("url2png"),
      instanceType: "t3.small",
      capacity: { min: 1, max: 2 },
      health: { check: "EC2", gracePeriod: 120 },
      // The pages are strangers': their browser gets to web servers and to nothing else.
      outbound: ["https", "http", "dns"],
      service: {
        unit: "url2png-worker",
        port: 8080,
        environment: {
          QUEUE_URL: work.url,
          BUCKET: pictures.name,
          VISIBILITY_TIMEOUT_SECONDS: String(VISIBILITY_TIMEOUT),
        },
      },
    });
    work.grant(worker, ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"]);
    pictures.grant(worker, ["s3:PutObject"], "*.png");
    // Beside a picture that can never be: why.
    pictures.grant(worker, ["s3:PutObject"], "*.json");

    // The sum of five data points, one a minute: 1000 are 200 messages that wait throughout. Docs: docs/scaling.md.
    worker.scaleOnMetric("backlog", {
      metric: work.metric("ApproximateNumberOfMessagesVisible", { statistic: "Sum", period: 300 }),
      warmup: 60,
      up: {
        above: 5,
        steps: [
          { to: 1000, change: 1 },
          { from: 1000, to: 5000, change: 2 },
          { from: 5000, change: 4 },
        ],
      },
      down: { atMost: 5, steps: [{ change: -1 }] },
    });

    this.output("queue_url", work.url, "Takes the URLs; QUEUE_URL of npx url2png");
    this.output("bucket", pictures.name, "Holds the pictures for 30 days; BUCKET of npx url2png");
    this.output("worker_fleet", worker.resource.name, "Auto Scaling group of the workers");
  }
}
