import { describe, expect, it } from "@jest/globals";
import { Testing } from "cdktf";
import { loadEnvironment } from "../../environments";
import { createApp } from "../../main";
import { STACKS } from "../../stacks";
import { Imagery } from "../../stacks/imagery";
import { Synthesized, statementsOf, testEnvironment } from "../support/synthesized";
import { grantsOf } from "./support/grants";

const synthesize = (environment = testEnvironment()) =>
  new Synthesized(new Imagery(Testing.app(), "imagery", { environment }));

const stack = synthesize();

describe("imagery", () => {
  it("has two fleets of one to two machines over both zones, with 120 s of grace", () => {
    const fleet = { min_size: 1, max_size: 2, health_check_grace_period: 120, vpc_zone_identifier: { length: 2 } };
    expect(stack.one("aws_autoscaling_group", "server")).toMatchObject({ ...fleet, health_check_type: "ELB" });
    expect(stack.one("aws_autoscaling_group", "worker")).toMatchObject({ ...fleet, health_check_type: "EC2" });
  });

  it("runs t3.micro unless told otherwise, from the image that the pipeline has published", () => {
    for (const template of stack.all("aws_launch_template")) {
      expect(template).toMatchObject({
        instance_type: "t3.micro",
        image_id: expect.stringMatching(/\/images\/imagery"\]/),
      });
    }
  });

  it("serves on port 80 and forwards to port 8080, checked every 5 s with 3 s to answer, 2 up, 2 down", () => {
    expect(stack.one("aws_lb_listener")).toMatchObject({ port: 80, protocol: "HTTP" });
    expect(stack.one("aws_lb_target_group")).toMatchObject({
      port: 8080,
      health_check: { path: "/health", interval: 5, timeout: 3, healthy_threshold: 2, unhealthy_threshold: 2 },
    });
  });

  it("keeps its processes under the key id, on demand and recoverable, with a sparse index of what is not queued", () => {
    expect(stack.one("aws_dynamodb_table")).toMatchObject({
      hash_key: "id",
      billing_mode: "PAY_PER_REQUEST",
      point_in_time_recovery: { enabled: true },
      global_secondary_index: [
        { name: "unqueued", hash_key: "unqueued", range_key: "unqueuedSince", projection_type: "KEYS_ONLY" },
      ],
    });
  });

  it("gives up a message after ten receives and rings when the dead-letter queue holds one", () => {
    const queue = stack.one("aws_sqs_queue", "work_queue");
    expect(JSON.parse(String(queue.redrive_policy))).toMatchObject({ maxReceiveCount: 10 });
    expect(queue.visibility_timeout_seconds).toBe(120);
    expect(stack.one("aws_cloudwatch_metric_alarm", "work")).toMatchObject({
      metric_name: "ApproximateNumberOfMessagesVisible",
      threshold: 0,
      comparison_operator: "GreaterThanThreshold",
    });
  });

  it("lets the server do exactly this", () => {
    expect(grantsOf(stack, "server")).toEqual([
      "dynamodb:GetItem ${aws_dynamodb_table.processes_table.arn}",
      "dynamodb:PutItem ${aws_dynamodb_table.processes_table.arn}",
      "dynamodb:Query ${aws_dynamodb_table.processes_table.arn}/index/unqueued",
      "dynamodb:UpdateItem ${aws_dynamodb_table.processes_table.arn}",
      "s3:AbortMultipartUpload ${aws_s3_bucket.images_bucket.arn}/upload/*",
      "s3:GetObject ${aws_s3_bucket.images_bucket.arn}/processed/*",
      "s3:PutObject ${aws_s3_bucket.images_bucket.arn}/upload/*",
      "sqs:SendMessage ${aws_sqs_queue.work_queue.arn}",
    ]);
  });

  it("lets the worker do exactly this", () => {
    expect(grantsOf(stack, "worker")).toEqual([
      "dynamodb:GetItem ${aws_dynamodb_table.processes_table.arn}",
      "dynamodb:UpdateItem ${aws_dynamodb_table.processes_table.arn}",
      "s3:GetObject ${aws_s3_bucket.images_bucket.arn}/upload/*",
      "s3:PutObject ${aws_s3_bucket.images_bucket.arn}/processed/*",
      "sqs:ChangeMessageVisibility ${aws_sqs_queue.work_queue.arn}",
      "sqs:DeleteMessage ${aws_sqs_queue.work_queue.arn}",
      "sqs:ReceiveMessage ${aws_sqs_queue.work_queue.arn}",
    ]);
  });

  it("has no wildcard action and no resource * in any role, but for Session Manager", () => {
    for (const { name, policy } of stack.all("aws_iam_role_policy")) {
      if (name === "session-manager") continue;
      for (const { Action, Resource } of statementsOf(policy)) {
        expect(Action.join()).not.toContain("*");
        expect(Resource).not.toContain("*");
      }
    }
  });

  it("opens nothing to the world but the load balancer's port 80", () => {
    const open = stack
      .all("aws_vpc_security_group_ingress_rule")
      .filter((rule) => rule.referenced_security_group_id === undefined);
    expect(open).toMatchObject([{ from_port: 80, to_port: 80, security_group_id: expect.stringMatching(/\.web_/) }]);
    for (const group of stack.all("aws_security_group")) {
      expect(group).not.toHaveProperty("ingress");
      expect(group).not.toHaveProperty("egress");
    }
  });

  it("lets nothing at all connect to a worker", () => {
    expect(stack.all("aws_vpc_security_group_ingress_rule", "worker")).toEqual([]);
  });

  it("outputs what a user wants to see first", () => {
    expect(Object.keys(stack.json.output).sort()).toEqual(["bucket", "queue", "server_fleet", "url", "worker_fleet"]);
    expect(stack.json.output.url?.value).toMatch(/^http:\/\/\$\{aws_lb\..*\.dns_name\}$/);
  });

  // Renaming a construct changes these, and Terraform would then destroy the data and make it anew, empty.
  it("keeps the addresses of everything that holds data", () => {
    expect(stack.addresses(["aws_dynamodb_table", "aws_s3_bucket", "aws_sqs_queue"]).sort()).toEqual([
      "aws_dynamodb_table.processes_table_39FE22D9",
      "aws_s3_bucket.images_bucket_D88F1B3A",
      "aws_sqs_queue.work_dead-letter-queue_44BD9E22",
      "aws_sqs_queue.work_queue_C6302F81",
    ]);
  });

  it("keeps the addresses and names of what others know it by", () => {
    expect(stack.addresses(["aws_lb", "aws_autoscaling_group", "aws_vpc"]).sort()).toEqual([
      "aws_autoscaling_group.server_group_39813984",
      "aws_autoscaling_group.worker_group_779F6807",
      "aws_lb.web_load-balancer_7A68539F",
      "aws_vpc.vpc_6776A399",
    ]);
    expect(stack.all("aws_autoscaling_group").map(({ name }) => name)).toEqual([
      "imagery-test-server",
      "imagery-test-worker",
    ]);
  });
});

describe("imagery in prod", () => {
  const prod = synthesize(loadEnvironment("prod"));

  it("protects its data, hides its machines behind a NAT gateway per zone, and keeps logs of connections and requests", () => {
    expect(prod.one("aws_dynamodb_table").deletion_protection_enabled).toBe(true);
    expect(prod.one("aws_s3_bucket", "images")).toMatchObject({ force_destroy: false });
    expect(prod.all("aws_nat_gateway")).toHaveLength(2);
    expect(prod.all("aws_flow_log")).toHaveLength(1);
    expect(prod.one("aws_lb")).toMatchObject({ access_logs: { enabled: true }, enable_deletion_protection: true });
  });

  it("sends every alarm to its topic", () => {
    for (const alarm of prod.all("aws_cloudwatch_metric_alarm")) {
      expect(alarm.alarm_actions).toEqual([expect.stringMatching(/^\$\{aws_sns_topic\.alarms_/)]);
    }
  });

  it("keeps every name within AWS's limits", () => {
    for (const { name_prefix: prefix } of prod.all("aws_iam_role"))
      expect(String(prefix).length).toBeLessThanOrEqual(38);
    for (const { bucket } of prod.all("aws_s3_bucket")) {
      expect(String(bucket).replace(/\$\{.*?\}/, "0".repeat(12)).length).toBeLessThanOrEqual(63);
    }
  });
});

describe("the app", () => {
  it("holds every stack under its own name", () => {
    const app = createApp({ environment: "dev" });
    expect(app.node.children.map(({ node }) => node.id)).toEqual(expect.arrayContaining(Object.keys(STACKS)));
  });

  it("refuses an environment that does not exist", () => {
    expect(() => createApp({ environment: "moon" })).toThrow('ENVIRONMENT is "moon"; allowed: dev, prod');
  });
});
