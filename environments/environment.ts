import { z } from "zod";
import { LIMITED_NETWORK, isLimitedNetwork } from "../modules/cidr";
import { SNAPSHOT_HOURS } from "../modules/snapshot-hours";
import { PLACEHOLDER_REPOSITORY, isRepository } from "./repository";

/** Settings of one environment. No secrets and no account numbers: those come from the credentials at hand. */
export const environmentSchema = z.strictObject({
  /** Part of every name; short, because a load balancer's name holds at most 32 characters. */
  name: z.string().regex(/^[a-z][a-z0-9]{0,9}$/, "1 to 10 lower-case letters and digits, beginning with a letter"),
  /** AWS region that everything of this environment lives in. */
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "an AWS region such as eu-west-1"),
  /**
   * How instances reach AWS's APIs and the internet. `public-ip`: a public address each, which accepts nothing from
   * outside (about 4 USD a month). `nat-gateway`: private addresses behind one gateway a zone (about 35 USD a month each, plus
   * traffic).
   * `none`: nothing but the gateway endpoints for S3 and DynamoDB.
   */
  egress: z.enum(["public-ip", "nat-gateway", "none"]),
  /** Availability zones used; each holds a public and a private subnet. */
  zones: z.int().min(2).max(3).default(2),
  /** Whether data survives `cdktf destroy`: deletion protection on, buckets not emptied, old object versions kept. */
  protectData: z.boolean(),
  /**
   * Who gets the alarms. Nobody is an explicit choice; `emails` makes a topic with these subscribers (each has to confirm;
   * an empty list makes a topic for chat integrations to subscribe to); `topicArn` uses one that is there, such as the one
   * that the stack `bootstrap` makes and whose subscribers `emails` then lists.
   */
  alarms: z.union([
    z.literal("nobody"),
    z.strictObject({ emails: z.array(z.email()) }),
    z.strictObject({
      topicArn: z.string().regex(/^arn:aws[a-z-]*:sns:/, "the ARN of an SNS topic"),
      emails: z.array(z.email()).optional(),
    }),
  ]),
  /** ARN of an ACM certificate in the region: with one, load balancers speak HTTPS and redirect HTTP to it. */
  certificateArn: z
    .string()
    .regex(/^arn:aws[a-z-]*:acm:/, "the ARN of an ACM certificate")
    .optional(),
  /**
   * Name under which people open the website that wordpress serves, such as `www.example.com`: with a certificate, one that is
   * for this name. Its DNS entry, a CNAME or an alias to the load balancer, is yours to make. Default: the load balancer's own name.
   */
  websiteDomain: z
    .string()
    .regex(
      /^(?=.{4,253}$)([a-z\d]([a-z\d-]{0,61}[a-z\d])?\.)+[a-z]([a-z\d-]{0,61}[a-z\d])$/,
      "a host name such as www.example.com",
    )
    .optional(),
  /** Where websites send what their administrator has to know. Default: an address that nobody can have. */
  adminEmail: z.email().default("admin@example.invalid"),
  /** Time in UTC at which the fleet of wordpress-schedule grows once, such as `2027-03-01T06:00:00Z`. Default: never. */
  scaleOutAt: z.iso.datetime({ error: "a time in UTC such as 2027-03-01T06:00:00Z" }).optional(),
  /** Whose GitHub workflows may plan, bake and deploy here: the stack `bootstrap` makes their roles. Default: nobody's. */
  github: z
    .strictObject({
      /**
       * The repository as the subject of its tokens begins, upper and lower case included: `owner/name`, or
       * `owner@123456/name@456789` where GitHub adds the ids, as it does for repositories made or renamed since July 2026
       * (https://docs.github.com/en/actions/reference/security/oidc).
       */
      repository: z
        .string()
        .refine(
          (repository) => repository === PLACEHOLDER_REPOSITORY || isRepository(repository),
          "a GitHub repository such as octo-org/octo-repo or octo-org@123456/octo-repo@456789",
        ),
      /** GitHub environment whose jobs may deploy. Default: the name of this environment. */
      environment: z
        .string()
        .regex(/^[\w.-]{1,255}$/, "letters, digits, dots, hyphens and underscores")
        .optional(),
      /** An account holds one provider for GitHub: the second environment in the same account uses the `existing` one. */
      oidcProvider: z.enum(["create", "existing"]).default("create"),
    })
    .optional(),
  /** S3 bucket that keeps Terraform's state: output `state_bucket` of the stack `bootstrap`. Default: a local file beside cdktf.json. */
  stateBucket: z.string().min(3).max(63).optional(),
  /** Days for which logs are kept, one of the periods that CloudWatch Logs offers. */
  logRetentionDays: z.literal([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731]).default(30),
  /**
   * IPv4 blocks of the people who work with services that have no load balancer, such as Jenkins: an office, a VPN. Default:
   * none, which leaves Session Manager's port forwarding.
   */
  operatorNetworks: z.array(z.string().refine(isLimitedNetwork, LIMITED_NETWORK)).default([]),
  /** Number of the administrators' password: raised by one when another one is supplied. Their machines are then replaced. */
  adminPasswordVersion: z.int().min(1).default(1),
  /**
   * Hours between two snapshots of the disks that hold what a machine cannot share, such as the home of jenkins-recovery and
   * jenkins-multiaz: one of the intervals that AWS offers. Default: no snapshots.
   */
  snapshotEveryHours: z.literal(SNAPSHOT_HOURS).optional(),
  /** Record of every connection in the VPC, in CloudWatch Logs (billed by volume). */
  flowLogs: z.boolean().default(false),
  /** Record of every request to a load balancer, in an S3 bucket. */
  accessLogs: z.boolean().default(false),
});

/** Settings of one environment as its file writes them. */
export type EnvironmentSettings = z.input<typeof environmentSchema>;

/** Validated settings of one environment, defaults filled in. */
export type Environment = z.output<typeof environmentSchema>;
