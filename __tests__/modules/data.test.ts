import { describe, expect, it } from "@jest/globals";
import { AlarmTopic } from "../../modules/alarms";
import { Bucket, type BucketProps } from "../../modules/bucket";
import { Queue, type QueueProps } from "../../modules/queue";
import { Role } from "../../modules/role";
import { Table, type TableProps } from "../../modules/table";
import { statementsOf, synthesize } from "../support/synthesized";

const key = { name: "id", type: "S" } as const;

describe("Table", () => {
  const props: TableProps = {
    partitionKey: key,
    indexes: [{ name: "by-day", partitionKey: { name: "day", type: "S" }, sortKey: { name: "time", type: "N" } }],
  };

  it("is on demand, encrypted and recoverable to any second", () => {
    expect(synthesize((stack) => new Table(stack, "items", props)).one("aws_dynamodb_table")).toMatchObject({
      name: "example-test-items",
      billing_mode: "PAY_PER_REQUEST",
      hash_key: "id",
      point_in_time_recovery: { enabled: true },
      server_side_encryption: { enabled: true },
      deletion_protection_enabled: false,
    });
  });

  it("declares every key attribute once, those of its indexes as well", () => {
    expect(synthesize((stack) => new Table(stack, "items", props)).one("aws_dynamodb_table")).toMatchObject({
      attribute: [key, { name: "day", type: "S" }, { name: "time", type: "N" }],
      global_secondary_index: [{ name: "by-day", hash_key: "day", range_key: "time", projection_type: "KEYS_ONLY" }],
    });
  });

  it("is protected from deletion where the environment protects data", () => {
    const stack = synthesize((scope) => new Table(scope, "items", props), { protectData: true });
    expect(stack.one("aws_dynamodb_table").deletion_protection_enabled).toBe(true);
  });

  it("grants on the table and on one index only", () => {
    const stack = synthesize((scope) => {
      const role = new Role(scope, "reader", { service: "ec2.amazonaws.com", description: "reads" });
      const table = new Table(scope, "items", props);
      table.grant({ role }, ["dynamodb:GetItem"]);
      table.grantIndex({ role }, "by-day", ["dynamodb:Query"]);
    });
    const arn = expect.stringMatching(/^\$\{aws_dynamodb_table\.items_table_\w+\.arn\}$/);
    expect(stack.policiesOf("reader").items).toEqual([
      { Effect: "Allow", Action: ["dynamodb:GetItem"], Resource: [arn] },
      { Effect: "Allow", Action: ["dynamodb:Query"], Resource: [expect.stringMatching(/\.arn\}\/index\/by-day$/)] },
    ]);
  });

  it("refuses two types for one attribute and two indexes of one name", () => {
    const wrong: TableProps = {
      partitionKey: key,
      indexes: [
        { name: "same", partitionKey: { name: "id", type: "N" } },
        { name: "same", partitionKey: key },
      ],
    };
    const make = () => synthesize((stack) => new Table(stack, "items", wrong));
    expect(make).toThrow(
      /example\/items: invalid props\n {2}indexes: got \["same","same"\], allowed: names that differ/,
    );
    expect(make).toThrow(/type: got \{"name":"id","type":"N"\}, allowed: one type for an attribute/);
  });
});

describe("Bucket", () => {
  const bucketWith = (props: BucketProps, protectData = false) =>
    synthesize((stack) => new Bucket(stack, "files", props), { protectData });

  it("is private, encrypted and without ACLs", () => {
    const stack = bucketWith({});
    expect(stack.one("aws_s3_bucket_public_access_block")).toMatchObject({
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    });
    expect(stack.one("aws_s3_bucket_ownership_controls")).toMatchObject({
      rule: { object_ownership: "BucketOwnerEnforced" },
    });
    expect(stack.one("aws_s3_bucket_server_side_encryption_configuration")).toMatchObject({
      rule: [{ apply_server_side_encryption_by_default: { sse_algorithm: "AES256" } }],
    });
  });

  it("refuses plain HTTP and allows nobody anything by its policy", () => {
    const statements = statementsOf(bucketWith({}).one("aws_s3_bucket_policy").policy);
    expect(statements).toMatchObject([
      {
        Effect: "Deny",
        Principal: "*",
        Condition: { Bool: { "aws:SecureTransport": "false" } },
        Resource: { length: 2 },
      },
    ]);
  });

  it("has a name that is unique across accounts and regions", () => {
    expect(bucketWith({}).one("aws_s3_bucket").bucket).toMatch(
      /^example-test-files-\$\{data\.aws_caller_identity\..*\}-eu-west-1$/,
    );
  });

  it("removes unfinished uploads after a day and objects after their time", () => {
    expect(bucketWith({ expireAfterDays: 30 }).one("aws_s3_bucket_lifecycle_configuration").rule).toMatchObject([
      { abort_incomplete_multipart_upload: [{ days_after_initiation: 1 }] },
      { expiration: [{ days: 30 }] },
    ]);
  });

  it("goes with its objects where data is not protected", () => {
    const stack = bucketWith({});
    expect(stack.one("aws_s3_bucket").force_destroy).toBe(true);
    expect(stack.all("aws_s3_bucket_versioning")).toEqual([]);
  });

  it("keeps old versions for 30 days and refuses to go with objects in it where data is protected", () => {
    const stack = bucketWith({}, true);
    expect(stack.one("aws_s3_bucket").force_destroy).toBe(false);
    expect(stack.one("aws_s3_bucket_versioning")).toMatchObject({ versioning_configuration: { status: "Enabled" } });
    expect(stack.one("aws_s3_bucket_lifecycle_configuration").rule).toContainEqual(
      expect.objectContaining({ noncurrent_version_expiration: [{ noncurrent_days: 30 }] }),
    );
  });

  it("keeps versions for as long as it is told, in any environment, and is then never emptied", () => {
    const stack = bucketWith({ keepVersionsForDays: 90 });
    expect(stack.one("aws_s3_bucket").force_destroy).toBe(false);
    expect(stack.one("aws_s3_bucket_versioning")).toMatchObject({ versioning_configuration: { status: "Enabled" } });
    expect(stack.one("aws_s3_bucket_lifecycle_configuration").rule).toContainEqual(
      expect.objectContaining({
        noncurrent_version_expiration: [{ noncurrent_days: 90 }],
        expiration: [{ expired_object_delete_marker: true }],
      }),
    );
  });

  it("refuses to keep versions for no day", () => {
    expect(() => bucketWith({ keepVersionsForDays: 0 })).toThrow(
      "keepVersionsForDays: got 0, allowed: 1 to 36500 days",
    );
  });

  it("refuses an expiry of zero days", () => {
    expect(() => bucketWith({ expireAfterDays: 0 })).toThrow("expireAfterDays: got 0, allowed: 1 to 36500 days");
  });

  it("shortens a name that AWS would not take, and keeps it apart from its neighbours", () => {
    const nameWith = (id: string) => String(synthesize((stack) => new Bucket(stack, id)).one("aws_s3_bucket").bucket);
    const [first, second] = ["one", "two"].map((end) => nameWith(`a-very-long-name-for-bucket-number-${end}`));
    expect(first).toMatch(/^example-test-a-very-long-n-[\da-f]{8}-\$\{/);
    expect(second).not.toBe(first);
  });

  it.each(["upload/*", "*.png", "one-key"])("grants on the objects of the pattern %j", (keys) => {
    const stack = synthesize((scope) => {
      const role = new Role(scope, "writer", { service: "ec2.amazonaws.com", description: "writes" });
      new Bucket(scope, "files").grant({ role }, ["s3:PutObject"], keys);
    });
    expect(stack.policiesOf("writer").files).toMatchObject([{ Resource: [expect.stringContaining(`.arn}/${keys}`)] }]);
  });

  it.each(["*", "?", "**", ""])("refuses to grant on the whole bucket by the pattern %j", (pattern) => {
    const grantAll = () =>
      synthesize((stack) => {
        const role = new Role(stack, "reader", { service: "ec2.amazonaws.com", description: "reads" });
        new Bucket(stack, "files").grant({ role }, ["s3:GetObject"], pattern);
      });
    expect(grantAll).toThrow(/keys: got .*, allowed: a pattern that begins or ends with literal characters/);
  });
});

describe("Queue", () => {
  const props: QueueProps = { visibilityTimeout: 120, deadLetter: { maxReceiveCount: 10 }, alarms: "nobody" };
  const queueWith = (changes: Partial<QueueProps> = {}) =>
    synthesize((stack) => new Queue(stack, "work", { ...props, ...changes }));

  it("is encrypted, polls long and hands poison to its dead-letter queue", () => {
    const queue = queueWith().one("aws_sqs_queue", "work_queue");
    expect(queue).toMatchObject({
      visibility_timeout_seconds: 120,
      receive_wait_time_seconds: 20,
      sqs_managed_sse_enabled: true,
    });
    expect(JSON.parse(String(queue.redrive_policy))).toEqual({
      deadLetterTargetArn: expect.stringMatching(/^\$\{aws_sqs_queue\.work_dead-letter-queue_\w+\.arn\}$/),
      maxReceiveCount: 10,
    });
  });

  it("keeps dead letters for as long as SQS can, longer than it keeps messages", () => {
    const stack = queueWith();
    expect(stack.one("aws_sqs_queue", "work_dead")).toMatchObject({ message_retention_seconds: 1_209_600 });
    expect(stack.one("aws_sqs_queue", "work_queue")).toMatchObject({ message_retention_seconds: 345_600 });
  });

  it("lets nobody else use the dead-letter queue, and nobody reach either over plain HTTP", () => {
    const stack = queueWith();
    const allow = stack.one("aws_sqs_queue_redrive_allow_policy").redrive_allow_policy;
    expect(JSON.parse(String(allow))).toMatchObject({ redrivePermission: "byQueue", sourceQueueArns: { length: 1 } });
    const policies = stack.all("aws_sqs_queue_policy").flatMap(({ policy }) => statementsOf(policy));
    expect(policies).toMatchObject([{ Effect: "Deny" }, { Effect: "Deny" }]);
  });

  it("rings when the dead-letter queue holds more than no message", () => {
    expect(queueWith().one("aws_cloudwatch_metric_alarm")).toMatchObject({
      namespace: "AWS/SQS",
      metric_name: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: expect.stringMatching(/work_dead-letter-queue/) },
      comparison_operator: "GreaterThanThreshold",
      threshold: 0,
      statistic: "Maximum",
    });
  });

  it("waits for messages as long as asked", () => {
    expect(queueWith({ receiveWait: 10 }).one("aws_sqs_queue", "work_queue").receive_wait_time_seconds).toBe(10);
  });

  it("knows its metrics, which are zero while there is no data", () => {
    synthesize((stack) => {
      const queue = new Queue(stack, "work", props);
      expect(queue.metric("NumberOfMessagesSent", { statistic: "Sum", period: 300 })).toEqual({
        namespace: "AWS/SQS",
        name: "NumberOfMessagesSent",
        dimensions: { QueueName: expect.any(String) },
        statistic: "Sum",
        period: 300,
        missing: "zero",
      });
      expect(() => queue.metric("NumberOfMessagesSent", { statistic: "Sum", period: 30 })).toThrow(
        "example/work: invalid props\n  period: got 30, allowed: a multiple of 60 seconds",
      );
    });
  });

  it("refuses numbers that SQS does not take, all at once", () => {
    const make = () =>
      queueWith({ visibilityTimeout: 43_201, deadLetter: { maxReceiveCount: 0 }, retention: 59, receiveWait: 21 });
    expect(make).toThrow(/receiveWait: got 21, allowed: 0 to 20 seconds/);
    expect(make).toThrow(/visibilityTimeout: got 43201, allowed: 0 to 43200 seconds/);
    expect(make).toThrow(/deadLetter.maxReceiveCount: got 0, allowed: 1 to 1000/);
    expect(make).toThrow(/retention: got 59, allowed: 60 to 604800 seconds/);
  });
});

describe("alarms", () => {
  const props: QueueProps = { visibilityTimeout: 30, deadLetter: { maxReceiveCount: 5 }, alarms: "nobody" };
  const stackWith = (alarms: "nobody" | { emails: string[] } | { topicArn: string }) =>
    synthesize((stack) => new Queue(stack, "work", { ...props, alarms: AlarmTopic.fromEnvironment(stack, "alarms") }), {
      alarms,
    });

  it("go to nobody when the environment says so", () => {
    const stack = stackWith("nobody");
    expect(stack.one("aws_cloudwatch_metric_alarm").alarm_actions).toBeUndefined();
    expect(stack.all("aws_sns_topic")).toEqual([]);
  });

  it("go to an existing topic by its ARN", () => {
    const topicArn = "arn:aws:sns:eu-west-1:000000000000:on-call";
    const stack = stackWith({ topicArn });
    expect(stack.one("aws_cloudwatch_metric_alarm")).toMatchObject({
      alarm_actions: [topicArn],
      ok_actions: [topicArn],
    });
    expect(stack.all("aws_sns_topic")).toEqual([]);
  });

  it("go to a topic of the stack's own that is encrypted, TLS only and open to this account's alarms alone", () => {
    const stack = stackWith({ emails: ["on-call@example.com"] });
    expect(stack.one("aws_sns_topic").kms_master_key_id).toMatch(/aws_kms_key/);
    expect(stack.one("aws_kms_key").enable_key_rotation).toBe(true);
    expect(statementsOf(stack.one("aws_sns_topic_policy").policy)).toMatchObject([
      { Action: ["sns:Publish"], Principal: { Service: "cloudwatch.amazonaws.com" }, Condition: { StringEquals: {} } },
      { Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } },
    ]);
    expect(stack.one("aws_sns_topic_subscription")).toMatchObject({
      protocol: "email",
      endpoint: "on-call@example.com",
    });
  });
});
