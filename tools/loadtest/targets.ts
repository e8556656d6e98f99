import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { Url2Png } from "../../app-src/url2png/producer/url2png";
import { buildApplications } from "../build/applications";
import type { Log } from "../local/log";
import { UsageError } from "../local/options";
import { LocalStack } from "../local/stack";
import { synthesizeStack } from "../local/terraform/synthesize";
import { servePages } from "./pages";
import { type FleetSize, type Target, awsTarget } from "./target";

/** A target, and how to send it work. */
export interface Prepared {
  readonly target: Target;
  /** @returns the messages' ids */
  readonly send: (messages: number) => Promise<string[]>;
  /** What a message asks for, by its number */
  readonly pageUrl: (number: number) => string;
  close(): Promise<void>;
}

export interface LocalTargetOptions {
  /** By how much alarms and scaling run faster than on AWS */
  readonly timeFactor: number;
  readonly log: Log;
  readonly signal?: AbortSignal;
  /** More environment variables for the workers. Default: none */
  readonly environment?: Readonly<Record<string, string>>;
  /** Told of the stack once it runs */
  readonly onStack?: (local: LocalStack) => Promise<void>;
}

/** Starts the stack url2png on this machine, with pages for it that it may open although they are on this machine as well. */
export async function localTarget(options: LocalTargetOptions): Promise<Prepared> {
  const stack = synthesizeStack("url2png");
  if (stack === undefined) throw new Error("there is no stack url2png");
  const local = await LocalStack.start({
    stack,
    scalingTimeFactor: options.timeFactor,
    environment: { worker: { ALLOWED_NETWORKS: "127.0.0.1/32", ...options.environment } },
    log: options.log,
    ...(options.signal && { signal: options.signal }),
    prepare: async () => {
      await buildApplications();
    },
  });
  const pages = await servePages();
  const sqs = new SQSClient(local.clientConfig);
  const s3 = new S3Client({ ...local.clientConfig, forcePathStyle: true });
  const close = async (): Promise<void> => {
    await local.stop();
    await pages.close();
    sqs.destroy();
    s3.destroy();
  };
  try {
    await options.onStack?.(local);
  } catch (error) {
    await close();
    throw error;
  }
  const { QUEUE_URL: queueUrl = "", BUCKET: bucket = "" } = local.outputVariables;
  const producer = new Url2Png({ queueUrl, bucket, sqs, s3 });
  return {
    target: awsTarget({ sqs, s3, queueUrl, bucket, timeFactor: options.timeFactor, fleet: () => sizeOf(local) }),
    send: async (messages) => idsOf(await producer.sendMany(Array.from({ length: messages }, (_, i) => pages.url(i)))),
    pageUrl: (number) => pages.url(number),
    close,
  };
}

async function sizeOf(local: LocalStack): Promise<FleetSize> {
  const { fleets } = await local.snapshot();
  const worker = fleets.find(({ name }) => name === "worker");
  if (worker === undefined) throw new Error("the stack has no fleet of workers");
  const { min, max, desired, instances } = worker;
  return { min, max, desired, inService: instances.filter(({ state }) => state === "in-service").length };
}

export interface DeployedTargetOptions {
  readonly queueUrl: string;
  readonly bucket: string;
  /** Name of the Auto Scaling group */
  readonly fleet: string;
  /** The page that is photographed, every time */
  readonly url: string;
}

/** A stack on AWS, with the credentials and the region at hand. */
export function deployedTarget({ queueUrl, bucket, fleet, url }: DeployedTargetOptions): Prepared {
  const sqs = new SQSClient({});
  const s3 = new S3Client({});
  const autoScaling = new AutoScalingClient({});
  const producer = new Url2Png({ queueUrl, bucket, sqs, s3 });
  const size = async (): Promise<FleetSize> => {
    const { AutoScalingGroups = [] } = await autoScaling.send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [fleet] }),
    );
    const [group] = AutoScalingGroups;
    if (group === undefined) throw new UsageError(`there is no Auto Scaling group "${fleet}"`);
    const { MinSize: min = 0, MaxSize: max = 0, DesiredCapacity: desired = 0, Instances = [] } = group;
    return { min, max, desired, inService: Instances.filter((each) => each.LifecycleState === "InService").length };
  };
  return {
    target: awsTarget({ sqs, s3, queueUrl, bucket, timeFactor: 1, fleet: size }),
    send: async (messages) => idsOf(await producer.sendMany(Array.from({ length: messages }, () => url))),
    pageUrl: () => url,
    close() {
      for (const client of [sqs, s3, autoScaling]) client.destroy();
      return Promise.resolve();
    },
  };
}

function idsOf(sent: readonly { readonly id: string }[]): string[] {
  return sent.map(({ id }) => id);
}
