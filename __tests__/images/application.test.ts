import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import * as imagery from "../../app-src/imagery/shared/config";
import * as url2png from "../../app-src/url2png/shared/config";
import { BUILT_APPLICATION_NAMES } from "../../tools/build/applications";
import { parseEnvironmentFile } from "../../tools/local/fleet/systemd-unit";
import { Builder, imagesFolder, type Run } from "./support/stand-ins";

let builder: Builder;
beforeEach(() => {
  builder = new Builder();
  mkdirSync(join(builder.tmp, "units"));
  writeFileSync(join(builder.tmp, "units", "check.env"), 'BUCKET="check"\n');
});
afterEach(() => {
  builder.remove();
});

describe("installing an application", () => {
  const install = (): Run => {
    for (const unit of ["thing-web", "thing-worker"]) writeFileSync(join(builder.tmp, "units", `${unit}.service`), "");
    const recorded = ["useradd", "install", "cp", "chown", "chmod", "systemctl", "rm"];
    const commands = Object.fromEntries(recorded.map((name) => [name, ""]));
    return builder.run("base/install-application.sh", commands, { APPLICATION: "thing" });
  };

  it("makes a system user that nobody can log in as", () => {
    expect(install().calls[0]).toBe(
      "useradd --system --user-group --no-create-home --home-dir /opt/thing --shell /usr/sbin/nologin thing",
    );
  });

  it("leaves the bundles to root, to be read by all and written by none", () => {
    expect(install().calls).toEqual(
      expect.arrayContaining([
        `cp --recursive ${builder.tmp}/application/. /opt/thing`,
        "chown --recursive root:root /opt/thing",
        "chmod --recursive a=rX /opt/thing",
      ]),
    );
  });

  it("gives each unit a log that the CloudWatch agent may read", () => {
    const { calls } = install();
    for (const unit of ["thing-web", "thing-worker"]) {
      expect(calls).toContain(`install -m 0644 ${builder.tmp}/units/${unit}.service /etc/systemd/system/`);
      expect(calls).toContain(`install -m 0640 -g cwagent /dev/null /var/log/steadfast/${unit}.log`);
    }
  });

  it("enables none of the units: user data starts the one that a machine runs", () => {
    expect(install().calls.filter((call) => call.startsWith("systemctl "))).toEqual(["systemctl daemon-reload"]);
  });
});

/** What a healthy unit looks like from outside; a test replaces a part of it. */
const healthy: Readonly<Record<string, string>> = {
  systemctl: `case "$*" in
    *--property=StatusText*) echo healthy ;;
    *--property=MainPID*) echo 4711 ;;
    *--property=ControlGroup*) echo /system.slice/thing.service ;;
    *--property=MemoryMax*) echo 419430400 ;;
    *--property=NRestarts*) echo 0 ;;
  esac`,
  curl: "",
  stat: "echo thing",
  cat: '[[ $1 == /sys/* ]] && echo 419430400 || /bin/cat "$@"',
  install: '[[ $* != *stdin* ]] || { echo "to ${*: -1}"; /bin/cat; }',
  tail: "echo the last line of the log",
  journalctl: "echo what systemd says",
  "amazon-cloudwatch-agent-ctl": "",
  truncate: "",
  rm: "",
  sleep: "",
};

describe("checking the services", () => {
  const settings = { APPLICATION: "thing", UNITS: "thing-web thing-worker", PORT: "8080", AWS_REGION: "eu-west-1" };
  const check = (commands: Readonly<Record<string, string>> = {}, more: Readonly<Record<string, string>> = {}): Run =>
    builder.run("base/check-services.sh", { ...healthy, ...commands }, { ...settings, TIMEOUT: "0", ...more });
  const answering = (pattern: string, answer: string): Record<string, string> => ({
    systemctl: `[[ "$*" != ${pattern} ]] || { ${answer}; exit; }\n${healthy.systemctl ?? ""}`,
  });

  it("that all answer: the bake goes on", () => {
    const { status, stdout } = check();
    expect(stdout).toContain("thing-web answers");
    expect(stdout).toContain("thing-worker answers");
    expect(status).toBe(0);
  });

  it("starts each as user data does: the environment file first, then the unit; the next one when it has stopped", () => {
    const { stdout, calls } = check();
    expect(stdout).toContain(
      'to /etc/steadfast/thing-web.env\nBUCKET="check"\nPORT="8080"\nAWS_REGION="eu-west-1"\nLOG_GROUP="/steadfast/check"\n',
    );
    const steps = calls.filter((call) => /^systemctl (start|stop)|^curl/.test(call));
    const answer = "curl --fail --silent --max-time 3 --output /dev/null http://127.0.0.1:8080/health";
    expect(steps).toEqual([
      "systemctl start thing-web",
      answer,
      "systemctl stop thing-web steadfast-logs@thing-web",
      "systemctl start thing-worker",
      answer,
      "systemctl stop thing-worker steadfast-logs@thing-worker",
    ]);
  });

  it("leaves neither environment file nor log nor an agent that starts with the next machine", () => {
    const { calls } = check();
    for (const unit of ["thing-web", "thing-worker"]) {
      expect(calls).toContain(`rm --recursive /etc/steadfast/${unit}.env /run/steadfast-logs`);
      expect(calls).toContain(`truncate --size=0 /var/log/steadfast/${unit}.log`);
    }
    expect(calls).toContain("systemctl disable --now amazon-cloudwatch-agent");
    expect(calls).toContain("amazon-cloudwatch-agent-ctl -a remove-config -m ec2 -c all");
  });

  it("asks for another path where that is what the service answers", () => {
    const { calls } = check({}, { HEALTH_PATH: "/login" });
    expect(calls).toContain("curl --fail --silent --max-time 3 --output /dev/null http://127.0.0.1:8080/login");
  });

  it("expects no word for the watchdog from a unit that has none", () => {
    const { status, calls } = check(answering("*WatchdogUSec*", "echo 0"));
    expect(status).toBe(0);
    expect(calls.join("\n")).not.toContain("StatusText");
  });

  it("tries what the application's own script does with a service that answers, and fails when that does", () => {
    const script = join(builder.tmp, "units", "check.sh");
    writeFileSync(script, 'echo "tried on port $PORT"\n');
    expect(check()).toMatchObject({ status: 0, stdout: expect.stringContaining("tried on port 8080") });
    writeFileSync(script, "echo anybody gets in >&2; exit 1\n");
    const { status, stderr } = check();
    expect(status).toBe(1);
    expect(stderr).toMatch(/^anybody gets in\nthing-web: is not as it should be\n/);
  });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ["does not start", answering('"start thing-worker"', "exit 1"), "thing-worker: does not start"],
    ["does not answer", { curl: "exit 7" }, "thing-web: answers /health: not within 0 s"],
    [
      "does not reach the watchdog",
      answering("*StatusText*", "echo"),
      "thing-web: tells the watchdog that it is healthy: not within 0 s",
    ],
    ["does not send its log", answering('"is-active steadfast-logs@thing-web"', "exit 3"), "thing-web: sends its log"],
    ["has a dead agent", answering('"is-active amazon-cloudwatch-agent"', "exit 3"), "thing-web: sends its log"],
    ["runs as somebody else", { stat: "echo root" }, "thing-web: runs as root, not as thing"],
    ["may use all memory", { cat: "echo max" }, "thing-web: may use max bytes of memory, not MemoryMax=419430400"],
    ["was restarted", answering("*NRestarts*", "echo 2"), "thing-web: was restarted 2 times"],
  ])("fails the bake when one %s, and shows its log", (_, commands, message) => {
    const { status, stderr } = check(commands);
    expect(status).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).toContain("the last line of the log");
    expect(stderr).toContain("what systemd says");
  });
});

describe("installing Chromium for url2png", () => {
  const commands = { "node-24": "", rm: "", chown: "", chmod: "", install: "", systemctl: "" };

  it("unpacks it once, keeps nothing packed, and leaves it to root, to be read by all and written by none", () => {
    const { status, calls } = builder.run("url2png/install-chromium.sh", commands);
    expect(status).toBe(0);
    expect(calls.slice(0, 4)).toEqual([
      "node-24 /opt/url2png/unpack-chromium.js /opt/url2png/chromium",
      "rm /opt/url2png/chromium/*.br",
      "chown --recursive root:root /opt/url2png/chromium",
      "chmod --recursive a=rX /opt/url2png/chromium",
    ]);
  });

  it("lets the worker start it in its sandbox only, beginning with the check of this bake", () => {
    const { calls } = builder.run("url2png/install-chromium.sh", commands);
    const folder = "/etc/systemd/system/url2png-worker.service.d";
    expect(calls.slice(4)).toEqual([
      `install -D -m 0644 ${builder.tmp}/units/require-sandbox.conf ${folder}/require-sandbox.conf`,
      "systemctl daemon-reload",
    ]);
  });

  it("fails the bake when it cannot be unpacked", () => {
    expect(builder.run("url2png/install-chromium.sh", { ...commands, "node-24": "exit 1" }).status).toBe(1);
  });
});

/** What reads the settings of each application's services. */
const SETTINGS: Readonly<Record<string, readonly ((environment: NodeJS.ProcessEnv) => object)[]>> = {
  imagery: [imagery.loadServerConfig, imagery.loadWorkerConfig],
  url2png: [url2png.loadWorkerConfig],
};

describe.each(BUILT_APPLICATION_NAMES)("the variables with which the services of %s are checked", (application) => {
  const file = join(imagesFolder, application, "check.env");
  const variables = {
    ...parseEnvironmentFile(readFileSync(file, "utf8"), file),
    PORT: "8080",
    AWS_REGION: "eu-west-1",
  };

  it("are all that they insist on", () => {
    const services = SETTINGS[application] ?? [];
    expect(services).not.toEqual([]);
    for (const load of services) expect(load(variables)).toMatchObject({ BUCKET: "check" });
  });

  it("lead to nobody: no call leaves the builder", () => {
    expect(variables).toMatchObject({
      AWS_ENDPOINT_URL: "http://127.0.0.1:9",
      QUEUE_URL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:9\//),
    });
  });
});
