import { randomBytes } from "node:crypto";

/** Who makes a request. */
export interface Caller {
  /** The name that the role's fleet has in the stack ("server"), or "operator" */
  readonly name: string;
  /** The IAM role; undefined for the operator, who may do everything */
  readonly role: string | undefined;
  /** The machine's id, "i-0123…" */
  readonly session: string;
}

/** Temporary credentials such as the instance metadata service hands out. */
export interface IssuedCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

/** Issues credentials and knows whose they are. They stay valid when the machine is gone, as AWS's do for a while. */
export class Credentials {
  private readonly issued = new Map<string, { caller: Caller; credentials: IssuedCredentials }>();

  /** Makes new credentials for a caller. The operator's have no session token, so that they are easy to export. */
  issue(caller: Caller): IssuedCredentials {
    const temporary = caller.role !== undefined;
    const credentials = {
      accessKeyId: `${temporary ? "ASIA" : "AKIA"}${randomBytes(8).toString("hex").toUpperCase()}`,
      secretAccessKey: randomBytes(20).toString("hex"),
      sessionToken: temporary ? randomBytes(24).toString("base64url") : undefined,
    };
    this.issued.set(credentials.accessKeyId, { caller, credentials });
    return credentials;
  }

  /** Whose access key this is; undefined when it was never issued. */
  find(accessKeyId: string): { caller: Caller; credentials: IssuedCredentials } | undefined {
    return this.issued.get(accessKeyId);
  }
}
