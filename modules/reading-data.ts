import type { Construct } from "constructs";
import type { Bucket } from "./bucket";
import { allParameters } from "./image-permissions";
import type { PolicyStatement } from "./policy";
import { Stack } from "./stack";

/**
 * What AWS's policy `ReadOnlyAccess` lets its holder read and a plan never needs: what customers and applications have
 * written, as opposed to how things are set up. To be refused to a role that runs the code of pull requests.
 * The list covers the services that hold data of these stacks and their usual neighbours; an account that keeps data in
 * others adds their actions.
 * @param state the bucket with the environment's Terraform state, which a plan does need
 */
export function readingData(scope: Construct, state: Bucket): readonly PolicyStatement[] {
  const stack = Stack.of(scope);
  return [
    {
      sid: "Objects",
      actions: [
        "s3:GetObject",
        "s3:GetObjectTorrent",
        "s3:GetObjectVersion",
        "s3:GetObjectVersionForReplication",
        "s3:GetObjectVersionTorrent",
      ],
      notResources: [`${state.resource.arn}/${stack.environment.name}/*`],
    },
    {
      sid: "Parameters",
      actions: ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath", "ssm:GetParameterHistory"],
      notResources: [...allParameters(stack), Stack.of(scope).publicArn("ssm", "parameter/aws/service/*")],
    },
    {
      sid: "ItemsMessagesLogsSecretsAndScreens",
      actions: [
        "athena:GetQueryResults",
        "athena:GetQueryResultsStream",
        "cassandra:Select",
        "codecommit:GitPull",
        "dynamodb:BatchGetItem",
        "dynamodb:GetItem",
        "dynamodb:GetRecords",
        "dynamodb:PartiQLSelect",
        "dynamodb:Query",
        "dynamodb:Scan",
        "ec2:GetConsoleOutput",
        "ec2:GetConsoleScreenshot",
        "ec2:GetPasswordData",
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
        "kinesis:GetRecords",
        "kms:Decrypt",
        "logs:FilterLogEvents",
        "logs:GetLogEvents",
        "logs:GetLogRecord",
        "logs:GetQueryResults",
        "logs:StartLiveTail",
        "logs:StartQuery",
        "logs:Unmask",
        "rds:DownloadCompleteDBLogFile",
        "rds:DownloadDBLogFilePortion",
        "secretsmanager:BatchGetSecretValue",
        "secretsmanager:GetSecretValue",
        "sqs:ReceiveMessage",
        "ssm:GetCommandInvocation",
      ],
      resources: ["*"],
    },
  ];
}
