import type { ServerResponse } from "node:http";
import { randomUUID } from "node:crypto";
import type { Service } from "./requests";

/** Why the gateway itself answers a request with an error. */
export type ErrorKind =
  "denied" | "unauthenticated" | "unknown key" | "bad signature" | "throttled" | "unavailable" | "unsupported";

/** Code, HTTP status and, for SQS, the code of its older protocol, in each service's own words. */
const errors: Record<ErrorKind, Record<Service, readonly [code: string, status: number, queryCode?: string]>> = {
  denied: {
    dynamodb: ["AccessDeniedException", 400],
    sqs: ["AccessDenied", 403],
    s3: ["AccessDenied", 403],
  },
  unauthenticated: {
    dynamodb: ["MissingAuthenticationTokenException", 400],
    sqs: ["MissingAuthenticationToken", 403],
    s3: ["AccessDenied", 403],
  },
  "unknown key": {
    dynamodb: ["UnrecognizedClientException", 400],
    sqs: ["InvalidClientTokenId", 403],
    s3: ["InvalidAccessKeyId", 403],
  },
  "bad signature": {
    dynamodb: ["InvalidSignatureException", 400],
    sqs: ["SignatureDoesNotMatch", 403],
    s3: ["SignatureDoesNotMatch", 403],
  },
  throttled: {
    dynamodb: ["ProvisionedThroughputExceededException", 400],
    sqs: ["RequestThrottled", 403],
    s3: ["SlowDown", 503],
  },
  unavailable: {
    dynamodb: ["InternalServerError", 500],
    sqs: ["ServiceUnavailable", 503],
    s3: ["InternalError", 500],
  },
  unsupported: {
    dynamodb: ["UnknownOperationException", 400],
    sqs: ["UnsupportedOperation", 400, "AWS.SimpleQueueService.UnsupportedOperation"],
    s3: ["NotImplemented", 501],
  },
};

const dynamodbNamespaces: Partial<Record<ErrorKind, string>> = {
  throttled: "com.amazonaws.dynamodb.v20120810",
  unavailable: "com.amazonaws.dynamodb.v20120810",
};

/** Answers a request with an error as the service itself would write it. */
export function answerError(response: ServerResponse, service: Service, kind: ErrorKind, message: string): void {
  const [code, status, queryCode] = errors[kind][service];
  const requestId = randomUUID();
  if (service === "s3") {
    response.writeHead(status, { "content-type": "application/xml", "x-amz-request-id": requestId });
    response.end(
      `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${escapeXml(message)}</Message>` +
        `<RequestId>${requestId}</RequestId></Error>`,
    );
    return;
  }
  const headers: Record<string, string> = {
    "content-type": "application/x-amz-json-1.0",
    "x-amzn-requestid": requestId,
  };
  if (service === "sqs") {
    headers["x-amzn-query-error"] = `${queryCode ?? code};${status >= 500 ? "Receiver" : "Sender"}`;
  }
  const namespace = service === "sqs" ? "com.amazonaws.sqs" : (dynamodbNamespaces[kind] ?? "com.amazon.coral.service");
  response.writeHead(status, headers);
  response.end(JSON.stringify({ __type: `${namespace}#${code}`, message, Message: message }));
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
