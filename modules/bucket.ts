import { createHash } from "node:crypto";
import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { S3BucketLifecycleConfiguration } from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration";
import { S3BucketOwnershipControls } from "@cdktf/provider-aws/lib/s3-bucket-ownership-controls";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block";
import { S3BucketServerSideEncryptionConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning";
import { Construct } from "constructs";
import { denyPlainHttp, policyDocument, type PolicyStatement } from "./policy";
import { grant, type Grantee } from "./role";
import { Stack, nameOf } from "./stack";
import { isIntegerBetween, rule, validate } from "./validation";

/** Of the 63 characters of a bucket's name, account number, region and two hyphens take up to 28. */
const MAX_NAME = 35;

export interface BucketProps {
  /** Days after which objects are deleted. Default: never. */
  readonly expireAfterDays?: number;
  /**
   * Days for which replaced and deleted objects can be brought back. A bucket that says so is never emptied by
   * `cdktf destroy`, in no environment. Default: 30 where the environment protects data, else they are gone at once.
   */
  readonly keepVersionsForDays?: number;
  /** Further statements of the bucket's policy, for AWS services that deliver into it. Default: none. */
  readonly statements?: (bucketArn: string) => readonly PolicyStatement[];
}

/**
 * A private S3 bucket: no public access, no ACLs, encrypted, TLS only, unfinished uploads removed after a day. Where the
 * environment protects data it keeps old versions for 30 days and refuses to be destroyed while it holds objects.
 * Its name holds account and region, because names are unique across all of AWS.
 */
export class Bucket extends Construct {
  readonly resource: S3Bucket;
  /** In force once it is there; what delivers into the bucket depends on it. */
  readonly policy: S3BucketPolicy;

  /** @throws Error for an expiry or a retention below a day */
  constructor(scope: Construct, id: string, props: BucketProps = {}) {
    super(scope, id);
    const stack = Stack.of(this);
    const { expireAfterDays, statements } = props;
    const keepVersionsForDays = props.keepVersionsForDays ?? (stack.environment.protectData ? 30 : undefined);
    validate(this, [
      rule("expireAfterDays", expireAfterDays, isIntegerBetween(1, 36_500), "1 to 36500 days"),
      rule("keepVersionsForDays", keepVersionsForDays, isIntegerBetween(1, 36_500), "1 to 36500 days"),
    ]);
    this.resource = new S3Bucket(this, "bucket", {
      bucket: `${shortened(nameOf(this))}-${stack.accountId}-${stack.region}`,
      forceDestroy: keepVersionsForDays === undefined,
    });
    const bucket = this.resource.id;
    const publicAccess = new S3BucketPublicAccessBlock(this, "public-access", {
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    new S3BucketOwnershipControls(this, "ownership", { bucket, rule: { objectOwnership: "BucketOwnerEnforced" } });
    new S3BucketServerSideEncryptionConfigurationA(this, "encryption", {
      bucket,
      rule: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
    });
    const { arn } = this.resource;
    this.policy = new S3BucketPolicy(this, "policy", {
      bucket,
      policy: policyDocument([denyPlainHttp(["s3:*"], [arn, `${arn}/*`]), ...(statements?.(arn) ?? [])]),
      dependsOn: [publicAccess],
    });
    const versioning =
      keepVersionsForDays === undefined
        ? undefined
        : new S3BucketVersioningA(this, "versioning", { bucket, versioningConfiguration: { status: "Enabled" } });
    new S3BucketLifecycleConfiguration(this, "lifecycle", {
      bucket,
      rule: [
        {
          id: "unfinished-uploads",
          status: "Enabled",
          filter: [{ prefix: "" }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: 1 }],
        },
        ...(expireAfterDays === undefined
          ? []
          : [{ id: "expiry", status: "Enabled", filter: [{ prefix: "" }], expiration: [{ days: expireAfterDays }] }]),
        ...(keepVersionsForDays === undefined
          ? []
          : [
              {
                id: "old-versions",
                status: "Enabled",
                filter: [{ prefix: "" }],
                noncurrentVersionExpiration: [{ noncurrentDays: keepVersionsForDays }],
                // What a deletion leaves behind once the last version has gone.
                expiration: [{ expiredObjectDeleteMarker: true }],
              },
            ]),
      ],
      dependsOn: versioning && [versioning],
    });
  }

  get name(): string {
    return this.resource.bucket;
  }

  /**
   * Allows literal actions on objects.
   * @param keys pattern of the objects' keys, such as `upload/*` or `*.png`
   * @throws Error for a pattern that covers the whole bucket
   */
  grant(grantee: Grantee, actions: readonly string[], keys: string): void {
    validate(this, [
      rule(
        "keys",
        keys,
        (pattern) => /^[^*?]|[^*?]$/.test(pattern),
        "a pattern that begins or ends with literal characters",
      ),
    ]);
    grant(this, grantee, "s3", actions, [`${this.resource.arn}/${keys}`]);
  }
}

/** A name as it is; one that is too long ends in a digest of itself, so that it still differs from its neighbours. */
function shortened(name: string): string {
  if (name.length <= MAX_NAME) return name;
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 8);
  return `${name.slice(0, MAX_NAME - digest.length - 1)}-${digest}`;
}
