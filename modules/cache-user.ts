import { ElasticacheUser } from "@cdktf/provider-aws/lib/elasticache-user";
import { ElasticacheUserGroup } from "@cdktf/provider-aws/lib/elasticache-user-group";
import { SecretsmanagerSecret } from "@cdktf/provider-aws/lib/secretsmanager-secret";
import { SecretsmanagerSecretVersion } from "@cdktf/provider-aws/lib/secretsmanager-secret-version";
import { Construct } from "constructs";
import type { CacheEngine } from "./cache-engine";
import { needsWriteOnlyArguments } from "./secret-file";
import { Stack } from "./stack";

/**
 * All keys, and what programs do with a cache: read, write, transactions. Nothing that the engines call dangerous, such as
 * FLUSHALL, KEYS or any administration (https://valkey.io/topics/acl/).
 */
const ACCESS = "on ~* -@all +@read +@write +@connection +@transaction -@dangerous";
/** Sixty-four random hexadecimal digits; ElastiCache takes 16 to 128 characters. */
const RANDOM = '${replace(join("", [uuid(), uuid()]), "-", "")}';

export interface CacheUserProps {
  /** Begins its ids: at most 36 characters, lower case. */
  readonly name: string;
  readonly engine: CacheEngine;
  /** Of the password. */
  readonly version: number;
}

/**
 * The one user of a cache, with a password that Terraform makes once, and a secret with that password.
 *
 * ElastiCache adds a user `default` of its own, who may do everything without a password, to a group that has none. So
 * the group has one of that name who is turned off.
 */
export class CacheUser extends Construct {
  /** What it may do can be changed by its `accessString`. */
  readonly resource: ElasticacheUser;
  readonly defaultUser: ElasticacheUser;
  readonly group: ElasticacheUserGroup;
  readonly secret: SecretsmanagerSecret;
  readonly secretVersion: SecretsmanagerSecretVersion;
  /** Names its version, because two users of one group may not have the same name, and the old one goes last. */
  readonly userName: string;

  constructor(scope: Construct, id: string, { name, engine, version }: CacheUserProps) {
    super(scope, id);
    needsWriteOnlyArguments(Stack.of(this));
    // A resource of its own for each version: one that is replaced would keep the password that it ignores changes of.
    const v = `v${version}`;
    this.userName = `app-${v}`;
    // uuid() is another one in every plan; what counts is the one with which the user was made.
    const ignoreChanges = ["passwords"];
    this.resource = new ElasticacheUser(this, v, {
      userId: `${name}-${v}`,
      userName: this.userName,
      engine,
      accessString: ACCESS,
      passwords: [RANDOM],
      lifecycle: { createBeforeDestroy: true, ignoreChanges },
    });
    // Nobody knows its password; Valkey refuses users without one.
    this.defaultUser = new ElasticacheUser(this, "default", {
      userId: `${name}-off`,
      userName: "default",
      engine,
      accessString: "off ~* -@all",
      passwords: [RANDOM],
      lifecycle: { ignoreChanges },
    });
    this.group = new ElasticacheUserGroup(this, "group", {
      userGroupId: name,
      engine,
      userIds: [this.defaultUser.userId, this.resource.userId],
    });
    // A name of its own for each version: a new password is a new secret, whose ARN changes the user data.
    this.secret = new SecretsmanagerSecret(this, `secret-${v}`, {
      namePrefix: `${name}-${v}-`,
      description: `Password of ${this.userName} of the cache ${name}`,
      // It can be forgotten at once: what it opens is gone with it.
      recoveryWindowInDays: 0,
      lifecycle: { createBeforeDestroy: true },
    });
    this.secretVersion = new SecretsmanagerSecretVersion(this, `secret-version-${v}`, {
      secretId: this.secret.id,
      secretStringWo: `\${one(${this.resource.fqn}.passwords)}`,
      secretStringWoVersion: version,
      lifecycle: { createBeforeDestroy: true },
    });
  }
}
