import type { IncomingHttpHeaders } from "node:http";
import type { ErrorKind } from "./aws-errors";
import type { Caller, Credentials } from "./credentials";
import { type Service, services } from "./requests";
import { type SignedRequest, isAuthentic, isExpired, readSignature } from "./signature";

/** A refusal: the kind of error and its text. */
export interface Refusal {
  readonly kind: ErrorKind;
  readonly message: string;
}

/** The service that a request is for. Its signature says so; an unsigned one is guessed at, to answer in its format. */
export function serviceOf(request: { url: URL; headers: IncomingHttpHeaders }): Service {
  const named = readSignature(request)?.service;
  const target = String(request.headers["x-amz-target"] ?? "");
  const guessed = target.startsWith("AmazonSQS") ? "sqs" : target.startsWith("DynamoDB") ? "dynamodb" : "s3";
  return services.find((service) => service === named) ?? guessed;
}

/** Finds out who sent a request, or why it is refused. */
export function authenticate(request: SignedRequest, credentials: Credentials): Caller | Refusal {
  const signature = readSignature(request);
  if (signature === undefined) return { kind: "unauthenticated", message: "Request is missing Authentication Token" };
  if (!services.some((service) => service === signature.service)) {
    return { kind: "unsupported", message: `The service ${signature.service} does not run` };
  }
  const known = credentials.find(signature.accessKeyId);
  if (known === undefined || known.credentials.sessionToken !== signature.sessionToken) {
    return { kind: "unknown key", message: "The security token included in the request is invalid." };
  }
  if (isExpired(signature, new Date())) return { kind: "denied", message: "Request has expired" };
  if (!isAuthentic(signature, request, known.credentials.secretAccessKey)) {
    return {
      kind: "bad signature",
      message: "The request signature we calculated does not match the signature you provided.",
    };
  }
  return known.caller;
}
