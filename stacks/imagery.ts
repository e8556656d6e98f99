import type { Construct } from "constructs";
import { AlarmTopic } from "../modules/alarms";
import { AutoScalingGroup } from "../modules/auto-scaling-group";
import { Bucket } from "../modules/bucket";
import { LoadBalancer } from "../modules/load-balancer";
import { MachineImage } from "../modules/machine-image";
import { Queue } from "../modules/queue";
import { Stack, type StackProps } from "../modules/stack";
import { Table } from "../modules/table";
import { Vpc } from "../modules/vpc";

/** Seconds for which a worker may hold a message before another one gets it; it renews them while it works. */
const VISIBILITY_TIMEOUT = 120;

/**
 * Upload an image, get it back in sepia: a load-balanced fleet of servers takes the uploads, a queue hands the work to a
 * fleet of workers. Either fleet, a zone, or any single message may fail without losing an image.
 */
export class Imagery extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);
    const { egress, zones, flowLogs, certificateArn, accessLogs } = props.environment;
    const alarms = AlarmTopic.fromEnvironment(this, "alarms");

    const vpc = new Vpc(this, "vpc", { zones, egress, flowLogs });
    const images = new Bucket(this, "images", { expireAfterDays: 30 });
    const processes = new Table(this, "processes", {
      partitionKey: { name: "id", type: "S" },
      // Sparse: holds only the uploads whose message is not known to be in the queue, for the servers' sweep.
      indexes: [
        {
          name: "unqueued",
          partitionKey: { name: "unqueued", type: "S" },
          sortKey: { name: "unqueuedSince", type: "N" },
        },
      ],
    });
    const work = new Queue(this, "work", {
      visibilityTimeout: VISIBILITY_TIMEOUT,
      deadLetter: { maxReceiveCount: 10 },
      alarms,
    });

    const image = MachineImage.released("imagery");
    const capacity = { min: 1, max: 2 };
    const environment = { QUEUE_URL: work.url, BUCKET: images.name, TABLE: processes.name };

    const server = new AutoScalingGroup(this, "server", {
      vpc,
      image,
      capacity,
      health: { check: "ELB", gracePeriod: 120 },
      service: { unit: "imagery-server", port: 8080, environment },
    });
    processes.grant(server, ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]);
    processes.grantIndex(server, "unqueued", ["dynamodb:Query"]);
    // An upload above 5 MiB goes in parts; one that is broken off is removed.
    images.grant(server, ["s3:PutObject", "s3:AbortMultipartUpload"], "upload/*");
    // Only to sign the short-lived addresses under which browsers fetch the result.
    images.grant(server, ["s3:GetObject"], "processed/*");
    work.grant(server, ["sqs:SendMessage"]);

    const worker = new AutoScalingGroup(this, "worker", {
      vpc,
      image,
      capacity,
      health: { check: "EC2", gracePeriod: 120 },
      service: {
        unit: "imagery-worker",
        port: 8080,
        environment: { ...environment, VISIBILITY_TIMEOUT_SECONDS: String(VISIBILITY_TIMEOUT) },
      },
    });
    work.grant(worker, ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"]);
    images.grant(worker, ["s3:GetObject"], "upload/*");
    images.grant(worker, ["s3:PutObject"], "processed/*");
    processes.grant(worker, ["dynamodb:GetItem", "dynamodb:UpdateItem"]);

    const web = new LoadBalancer(this, "web", { vpc, alarms, certificateArn, accessLogs });
    web.forwardTo(server, { healthCheck: { path: "/health", interval: 5, timeout: 3, healthy: 2, unhealthy: 2 } });

    this.output("url", web.url, "Open this in a browser");
    this.output("bucket", images.name, "Holds uploads and results for 30 days");
    this.output("queue", work.url, "Work for the fleet of workers");
    this.output("server_fleet", server.resource.name, "Auto Scaling group of the servers");
    this.output("worker_fleet", worker.resource.name, "Auto Scaling group of the workers");
  }
}
