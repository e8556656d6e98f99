import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** The parts of a request's signature (Signature Version 4), from the Authorization header or a presigned URL. */
export interface Signature {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  /** As the caller named it: "s3", "sqs", "dynamodb", … */
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** The time of signing, YYYYMMDDTHHMMSSZ */
  readonly time: string;
  readonly sessionToken: string | undefined;
  /** Seconds for which a presigned URL is valid; undefined for a signed header */
  readonly expires: number | undefined;
}

export interface SignedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  /** The whole body; needed only where the caller did not send its hash in X-Amz-Content-Sha256 */
  readonly body: string;
}

const authorization = /^AWS4-HMAC-SHA256 Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]+)$/;

/** Reads the signature of a request; undefined when it has none. */
export function readSignature(request: Pick<SignedRequest, "url" | "headers">): Signature | undefined {
  const query = request.url.searchParams;
  if (query.has("X-Amz-Signature")) {
    return assemble(query.get("X-Amz-Credential"), query.get("X-Amz-SignedHeaders"), query.get("X-Amz-Signature"), {
      time: query.get("X-Amz-Date") ?? "",
      sessionToken: query.get("X-Amz-Security-Token") ?? undefined,
      expires: Number(query.get("X-Amz-Expires")),
    });
  }
  const match = authorization.exec(request.headers.authorization ?? "");
  if (match === null) return undefined;
  return assemble(match[1], match[2], match[3], {
    time: single(request.headers["x-amz-date"]) ?? "",
    sessionToken: single(request.headers["x-amz-security-token"]),
    expires: undefined,
  });
}

/** Whether a presigned URL's time is over. A signed header never expires here: both clocks are the same. */
export function isExpired(signature: Signature, now: Date): boolean {
  if (signature.expires === undefined) return false;
  const iso = signature.time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z");
  // A malformed time is NaN, and everything compared with it false: expired.
  return !(now.getTime() <= Date.parse(iso) + signature.expires * 1000);
}

/** Whether a signature is what the secret key gives for this request. */
export function isAuthentic(signature: Signature, request: SignedRequest, secretAccessKey: string): boolean {
  const expected = Buffer.from(sign(signature, request, secretAccessKey));
  const given = Buffer.from(signature.signature);
  return expected.length === given.length && timingSafeEqual(expected, given);
}

function sign(signature: Signature, request: SignedRequest, secretAccessKey: string): string {
  const canonicalRequest = [
    request.method,
    // S3 signs the path as it is sent; the other services are only ever called at "/".
    request.url.pathname,
    canonicalQuery(request.url),
    ...signature.signedHeaders.map((name) => `${name}:${canonicalHeader(request.headers[name])}`),
    "",
    signature.signedHeaders.join(";"),
    payloadHash(signature, request),
  ].join("\n");
  const scope = `${signature.date}/${signature.region}/${signature.service}/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", signature.time, scope, sha256(canonicalRequest)].join("\n");
  const key = [signature.date, signature.region, signature.service, "aws4_request"].reduce(
    hmac,
    `AWS4${secretAccessKey}`,
  );
  return hmac(key, toSign).toString("hex");
}

function canonicalQuery(url: URL): string {
  return [...url.searchParams]
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join("&");
}

function canonicalHeader(value: string | string[] | undefined): string {
  return [value ?? ""].flat().join(",").trim().replace(/\s+/g, " ");
}

function payloadHash(signature: Signature, request: SignedRequest): string {
  const sent = single(request.headers["x-amz-content-sha256"]) ?? request.url.searchParams.get("X-Amz-Content-Sha256");
  if (sent !== null) return sent;
  return signature.expires === undefined ? sha256(request.body) : "UNSIGNED-PAYLOAD";
}

function assemble(
  credential: string | null | undefined,
  signedHeaders: string | null | undefined,
  signature: string | null | undefined,
  rest: Pick<Signature, "time" | "sessionToken" | "expires">,
): Signature | undefined {
  const [accessKeyId, date, region, service, terminator] = (credential ?? "").split("/");
  if (!accessKeyId || !date || !region || !service || terminator !== "aws4_request") return undefined;
  return {
    accessKeyId,
    date,
    region,
    service,
    signedHeaders: (signedHeaders ?? "").split(";"),
    signature: signature ?? "",
    ...rest,
  };
}

/** Percent-encoding as the signature wants it: everything but letters, digits and -_.~ */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
