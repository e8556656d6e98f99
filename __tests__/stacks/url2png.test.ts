import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { Testing } from "cdktf";
import { loadEnvironment } from "../../environments";
import { parseBootScript } from "../../modules/boot-script";
import { Url2png } from "../../stacks/url2png";
import { Synthesized, statementsOf, testEnvironment } from "../support/synthesized";
import { grantsOf } from "./support/grants";

const synthesize = (environment = testEnvironment()) =>
  new Synthesized(new Url2png(Testing.app(), "url2png", { environment }));

const stack = synthesize();
const alarm = (id: string) => stack.one("aws_cloudwatch_metric_alarm", id);
const policy = (id: string) => stack.one("aws_autoscaling_policy", id);

describe("url2png", () => {
  it("has one fleet of one to two t3.small over both zones, from the image that the pipeline has published", () => {
    expect(stack.one("aws_autoscaling_group")).toMatchObject({
      name: "url2png-test-worker",
      min_size: 1,
      max_size: 2,
      health_check_type: "EC2",
      health_check_grace_period: 120,
      vpc_zone_identifier: { length: 2 },
    });
    expect(stack.one("aws_launch_template")).toMatchObject({
      instance_type: "t3.small",
      image_id: expect.stringMatching(/\/images\/url2png"\]/),
    });
  });

  it("keeps the machines' credentials to the machine itself: IMDSv2, one hop", () => {
    expect(stack.one("aws_launch_template").metadata_options).toEqual({
      http_endpoint: "enabled",
      http_tokens: "required",
      http_put_response_hop_limit: 1,
    });
  });

  it("tells the worker its queue, its bucket and the time that it has for a message", () => {
    const service = parseBootScript(String(Object.values(stack.json.locals)[0]));
    expect(service).toMatchObject({ unit: "url2png-worker", port: 8080, healthPath: "/health" });
    expect(service.environment).toEqual({
      PORT: "8080",
      AWS_REGION: "eu-west-1",
      LOG_GROUP: expect.stringMatching(/^\$\{aws_cloudwatch_log_group\./),
      QUEUE_URL: expect.stringMatching(/^\$\{aws_sqs_queue\.work_queue_\w+\.url\}$/),
      BUCKET: expect.stringMatching(/^\$\{aws_s3_bucket\.pictures_bucket_\w+\.bucket\}$/),
      VISIBILITY_TIMEOUT_SECONDS: "120",
    });
  });

  it("hides a received message for 120 s, polls for 10 s, and gives it up after ten receives", () => {
    const queue = stack.one("aws_sqs_queue", "work_queue");
    expect(queue).toMatchObject({ visibility_timeout_seconds: 120, receive_wait_time_seconds: 10 });
    expect(JSON.parse(String(queue.redrive_policy))).toMatchObject({ maxReceiveCount: 10 });
  });

  it("rings when the dead-letter queue holds a message", () => {
    expect(alarm("work_dead-letters")).toMatchObject({
      metric_name: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: expect.stringMatching(/work_dead-letter-queue/) },
      comparison_operator: "GreaterThanThreshold",
      threshold: 0,
    });
  });

  it("grows when the sum of waiting messages over 300 s is above 5, once, and shrinks when it is not", () => {
    const sum = {
      namespace: "AWS/SQS",
      metric_name: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: expect.stringMatching(/^\$\{aws_sqs_queue\.work_queue_\w+\.name\}$/) },
      statistic: "Sum",
      period: 300,
      evaluation_periods: 1,
      threshold: 5,
    };
    expect(alarm("worker_backlog_up")).toMatchObject({ ...sum, comparison_operator: "GreaterThanThreshold" });
    expect(alarm("worker_backlog_down")).toMatchObject({ ...sum, comparison_operator: "LessThanOrEqualToThreshold" });
  });

  it("adds one machine, more of them for a larger backlog, and takes them away one by one; a new one has 60 s", () => {
    const common = { policy_type: "StepScaling", adjustment_type: "ChangeInCapacity", estimated_instance_warmup: 60 };
    expect(policy("worker_backlog_up")).toMatchObject({
      ...common,
      step_adjustment: [
        { metric_interval_lower_bound: "0", metric_interval_upper_bound: "995", scaling_adjustment: 1 },
        { metric_interval_lower_bound: "995", metric_interval_upper_bound: "4995", scaling_adjustment: 2 },
        { metric_interval_lower_bound: "4995", scaling_adjustment: 4 },
      ],
    });
    expect(policy("worker_backlog_down")).toMatchObject({
      ...common,
      step_adjustment: [{ metric_interval_upper_bound: "0", scaling_adjustment: -1 }],
    });
  });

  it("shrinks when SQS has no more data, because nobody has used the queue for hours", () => {
    expect(alarm("worker_backlog_down").treat_missing_data).toBe("breaching");
    expect(alarm("worker_backlog_up").treat_missing_data).toBe("notBreaching");
  });

  it("keeps its pictures private, encrypted, and for 30 days", () => {
    expect(stack.one("aws_s3_bucket_public_access_block")).toMatchObject({ block_public_policy: true });
    expect(stack.one("aws_s3_bucket_lifecycle_configuration").rule).toContainEqual(
      expect.objectContaining({ id: "expiry", expiration: [{ days: 30 }] }),
    );
  });

  it("lets the worker do exactly this", () => {
    expect(grantsOf(stack, "worker")).toEqual([
      "s3:PutObject ${aws_s3_bucket.pictures_bucket.arn}/*.json",
      "s3:PutObject ${aws_s3_bucket.pictures_bucket.arn}/*.png",
      "sqs:ChangeMessageVisibility ${aws_sqs_queue.work_queue.arn}",
      "sqs:DeleteMessage ${aws_sqs_queue.work_queue.arn}",
      "sqs:ReceiveMessage ${aws_sqs_queue.work_queue.arn}",
    ]);
  });

  it("has no wildcard action and no resource * in any role, but for Session Manager", () => {
    for (const { name, policy: document } of stack.all("aws_iam_role_policy")) {
      if (name === "session-manager") continue;
      for (const { Action, Resource } of statementsOf(document)) {
        expect(Action.join()).not.toContain("*");
        expect(Resource).not.toContain("*");
      }
    }
  });

  it("lets nothing connect to a worker, and a worker to web servers and name servers alone", () => {
    expect(stack.all("aws_vpc_security_group_ingress_rule")).toEqual([]);
    const out = stack
      .all("aws_vpc_security_group_egress_rule")
      .map((rule) => [rule.ip_protocol, rule.from_port, rule.to_port, rule.cidr_ipv4]);
    expect(out.sort()).toEqual([
      ["tcp", 443, 443, "0.0.0.0/0"],
      ["tcp", 53, 53, "10.0.0.0/16"],
      ["tcp", 80, 80, "0.0.0.0/0"],
      ["udp", 53, 53, "10.0.0.0/16"],
    ]);
    for (const group of stack.all("aws_security_group")) {
      expect(group).not.toHaveProperty("ingress");
      expect(group).not.toHaveProperty("egress");
    }
  });

  it("outputs what its producer needs", () => {
    expect(Object.keys(stack.json.output).sort()).toEqual(["bucket", "queue_url", "worker_fleet"]);
  });

  // Renaming a construct changes these, and Terraform would then destroy the data and make it anew, empty.
  it("keeps the addresses of everything that holds data", () => {
    expect(stack.addresses(["aws_s3_bucket", "aws_sqs_queue"]).sort()).toEqual([
      "aws_s3_bucket.pictures_bucket_0F72091F",
      "aws_sqs_queue.work_dead-letter-queue_44BD9E22",
      "aws_sqs_queue.work_queue_C6302F81",
    ]);
  });

  it("keeps the addresses of what others know it by", () => {
    expect(stack.addresses(["aws_autoscaling_group", "aws_vpc"]).sort()).toEqual([
      "aws_autoscaling_group.worker_group_779F6807",
      "aws_vpc.vpc_6776A399",
    ]);
  });

  it("is small", () => {
    const source = readFileSync(new URL("../../stacks/url2png.ts", import.meta.url), "utf8");
    expect(source.split("\n").length).toBeLessThan(120);
  });
});

describe("url2png in prod", () => {
  const prod = synthesize(loadEnvironment("prod"));

  it("protects its pictures and hides its machines behind a NAT gateway per zone", () => {
    expect(prod.one("aws_s3_bucket")).toMatchObject({ force_destroy: false });
    expect(prod.one("aws_autoscaling_group").vpc_zone_identifier).toContainEqual(
      expect.stringMatching(/vpc_private-0/),
    );
    expect(prod.all("aws_nat_gateway")).toHaveLength(2);
    expect(prod.all("aws_flow_log")).toHaveLength(1);
  });

  it("wakes somebody for dead letters, and nobody when the fleet scales", () => {
    const woken = prod
      .all("aws_cloudwatch_metric_alarm")
      .filter(({ alarm_actions: actions }) => String(actions).includes("aws_sns_topic"));
    expect(woken.map((each) => each.alarm_name)).toEqual(["url2png-prod-work-dead-letters"]);
  });
});
