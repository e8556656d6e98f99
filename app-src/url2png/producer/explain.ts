import { InvalidUrlError, NotSentError } from "./errors";
import { UsageError } from "./usage-error";

/** What is wrong, for the one who asked. @returns `undefined` when it is a mistake in this program */
export function explain(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name, message } = error;
  if (error instanceof UsageError || error instanceof InvalidUrlError) return message;
  if (error instanceof NotSentError) return message;
  if (name === "CredentialsProviderError") {
    return `no AWS credentials: log in, or export what "npm start url2png" prints (${message})`;
  }
  if (message === "Region is missing") {
    return 'no AWS region: export AWS_REGION, or what "npm start url2png" prints';
  }
  if (/^(QueueDoesNotExist|NoSuchBucket)$/.test(name)) {
    return `${name}: ${message} Is the stack deployed, to this account and region?`;
  }
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined && /^(ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN)$/.test(code)) {
    return `AWS cannot be reached (${message === "" ? code : message})`;
  }
  // Files, and what AWS answers.
  if (code !== undefined || "$metadata" in error) return `${name === "Error" ? "" : `${name}: `}${message}`;
  return undefined;
}
