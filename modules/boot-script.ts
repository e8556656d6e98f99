import { escapeTemplate } from "./terraform-string";

/**
 * One thing that a machine does at its first boot besides starting its service. Its bash may use `$REGION`, `$INSTANCE_ID`,
 * `$TIMEOUT`, `metadata <path>` and `within_time <what> <command…>`. It is part of a Terraform template: it may hold
 * references, and uses no `${…}` of the shell's. Nothing in it is secret: user data can be read by whoever may describe it.
 */
export interface BootPart {
  /** What it is about, on one line; a comment above its bash. */
  readonly title: string;
  /** Bash that runs before the service is configured and started. Any command that fails ends the boot. */
  readonly prepare?: string;
  /** Bash that runs once the service answers, before success is reported. */
  readonly finish?: string;
}

/** What a machine installs at its first boot. */
export interface Installation {
  /** Packages of the distribution. */
  readonly packages: readonly string[];
  /**
   * Bash that runs before the unit starts; any command that fails ends the boot. `metadata <path>` prints what the instance
   * metadata service knows, such as `metadata local-ipv4`: call it in an assignment of its own, so that its failure counts.
   */
  readonly script?: string;
}

/** What a machine does at its first boot. */
export interface BootScript {
  /** systemd unit that is in the image or in a package, without `.service`. */
  readonly unit: string;
  /** TCP port on which the service answers; it reaches the service as `PORT`. */
  readonly port: number;
  /** Path that answers 200 once the service can work. */
  readonly healthPath: string;
  /** The service's environment file, `/etc/steadfast/<unit>.env`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Seconds after which a service that has not answered counts as failed. */
  readonly timeout: number;
  readonly region: string;
  /** Name of the CloudWatch log group for the service's log; a baked image finds it as `LOG_GROUP` in the environment file. */
  readonly logGroup?: string | undefined;
  /** Name of the Auto Scaling group, or of the only machine. */
  readonly name: string;
  /** Name of the group's launching lifecycle hook, which is told how the boot went. Default: nobody is told. */
  readonly hook?: string | undefined;
  /** What else is to be done, in this order. Default: nothing. */
  readonly parts?: readonly BootPart[];
  /** Default: nothing, the unit is in the image and reads its environment file. */
  readonly install?: Installation | undefined;
}

/** What can be read back from a boot script. */
export type BootedService = Pick<BootScript, "unit" | "port" | "healthPath" | "environment"> & {
  /** Path of the environment file on the machine. */
  readonly environmentFile: string;
};

export function environmentFileOf(unit: string): string {
  return `/etc/steadfast/${unit}.env`;
}

/**
 * The user data of a machine: does what its parts prepare, writes the service's environment file, starts its unit, and tells
 * the Auto Scaling group CONTINUE when the service answers, ABANDON when anything fails.
 *
 * The text is a Terraform template. It may hold references; a literal `${` in a value is escaped, and the script itself uses
 * no `${…}` of the shell's.
 */
export function renderBootScript(script: BootScript): string {
  const { unit, port, healthPath, timeout, region, logGroup, name, hook, parts = [], install } = script;
  const file = environmentFileOf(unit);
  const machine = { PORT: String(port), AWS_REGION: region, ...(logGroup !== undefined && { LOG_GROUP: logGroup }) };
  const variables = Object.entries({ ...machine, ...script.environment });
  return `#!/bin/bash
${hook === undefined ? headOfOne(name) : headOfMany(name, hook)}
readonly REGION=${region}
readonly HEALTH_URL=http://127.0.0.1:${port}${healthPath}
readonly TIMEOUT=${timeout}

metadata() {
  local token
  token=$(curl --fail --silent --show-error --max-time 5 --retry 5 --request PUT \\
    --header 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token)
  curl --fail --silent --show-error --max-time 5 --retry 5 \\
    --header "X-aws-ec2-metadata-token: $token" "http://169.254.169.254/latest/meta-data/$1"
}

# within_time WHAT COMMAND…: tries a command once a second until it succeeds; when time is up, the boot has failed.
within_time() {
  local what=$1
  shift
  until "$@"; do
    if ((SECONDS >= TIMEOUT)); then
      echo "$what: not within $TIMEOUT s" >&2
      return 1
    fi
    sleep 1
  done
}

INSTANCE_ID=$(metadata instance-id)
readonly INSTANCE_ID
trap 'echo "boot failed in line $LINENO" >&2; report ABANDON' ERR
${install === undefined ? "" : installPackages(install)}${parts.map(({ title, prepare }) => section(title, prepare)).join("")}
install -d -m 0755 ${file.slice(0, file.lastIndexOf("/"))}
install -m 0600 /dev/stdin ${file} <<'ENVIRONMENT'
${variables.map(([key, value]) => `${key}="${escapeTemplate(escapeValue(value))}"`).join("\n")}
ENVIRONMENT
${install === undefined ? "" : configureUnit(unit, file, install)}
systemctl enable --now ${unit}.service

answers() {
  curl --fail --silent --max-time 3 --output /dev/null "$HEALTH_URL"
}
within_time "${unit} answers at $HEALTH_URL" answers
${parts.map(({ title, finish }) => section(title, finish)).join("")}
report CONTINUE
`;
}

/** A machine of a group tells the group how its boot went. */
function headOfMany(group: string, hook: string): string {
  return `# First boot of a machine of ${group}: configure the service, start it, tell the group how it went.
set -Eeuo pipefail

report() {
  aws autoscaling complete-lifecycle-action --region "$REGION" --auto-scaling-group-name ${group} \\
    --lifecycle-hook-name ${hook} --instance-id "$INSTANCE_ID" --lifecycle-action-result "$1"
}
`;
}

/** Nobody waits for a machine without a group: its console and its log say how it went. */
function headOfOne(name: string): string {
  return `# First boot of ${name}: configure the service, start it.
set -Eeuo pipefail

report() {
  echo "boot of $INSTANCE_ID in $REGION: $1"
}
`;
}

function section(title: string, bash: string | undefined): string {
  return bash === undefined ? "" : `\n# ${title}\n${bash.trim()}\n`;
}

function installPackages({ packages }: Installation): string {
  return packages.length === 0 ? "" : `\ndnf install --assumeyes ${packages.join(" ")}\n`;
}

/** A package's unit knows nothing of the environment file; what the script writes has to be there before it starts. */
function configureUnit(unit: string, environmentFile: string, { script = "" }: Installation): string {
  return `
install -D -m 0644 /dev/stdin /etc/systemd/system/${unit}.service.d/steadfast.conf <<'UNIT'
[Service]
EnvironmentFile=${environmentFile}
UNIT
systemctl daemon-reload
${script === "" ? "" : `\n${escapeTemplate(script.trim())}\n`}`;
}

/**
 * Reads the service back from a boot script whose references Terraform (or tools/local) has put in.
 * @throws Error naming the part that is not there
 */
export function parseBootScript(text: string): BootedService {
  const part = (pattern: RegExp, what: string): string => {
    const found = pattern.exec(text)?.[1];
    if (found === undefined) throw new Error(`boot script without ${what}:\n${text}`);
    return found;
  };
  const unit = part(/^systemctl enable --now (\S+)\.service$/m, "a unit that it starts");
  const url = new URL(part(/^readonly HEALTH_URL=(\S+)$/m, "a health URL"));
  const environmentFile = part(/^install -m 0600 \/dev\/stdin (\S+) <<'ENVIRONMENT'$/m, "an environment file");
  const lines = part(/<<'ENVIRONMENT'\n([^]*?)\nENVIRONMENT$/m, "the environment file's content").split("\n");
  const environment = Object.fromEntries(
    lines.map((line) => {
      const [, name = "", value = ""] = /^(\w+)="(.*)"$/.exec(line) ?? [];
      return [name, value.replace(/\\(.)/g, "$1")];
    }),
  );
  // A URL does not show the port that is its scheme's own.
  return { unit, port: Number(url.port || "80"), healthPath: url.pathname, environmentFile, environment };
}

/** As systemd reads a double-quoted value of an EnvironmentFile (systemd.exec(5)). */
function escapeValue(value: string): string {
  return value.replace(/["\\`]/g, "\\$&");
}
