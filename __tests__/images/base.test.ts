import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { Builder, type Run } from "./support/stand-ins";

let builder: Builder;
beforeEach(() => {
  builder = new Builder();
});
afterEach(() => {
  builder.remove();
});

describe("waiting for cloud-init", () => {
  const wait = (status: number): Run =>
    builder.run("base/wait-for-cloud-init.sh", {
      "cloud-init": `[[ $* != *--wait* ]] || exit ${status}; echo the details`,
    });

  it("that ends well goes on", () => {
    expect(wait(0)).toMatchObject({ status: 0, calls: ["cloud-init status --wait"] });
  });

  it("that recovered from an error goes on and says so", () => {
    const { status, stdout } = wait(2);
    expect(status).toBe(0);
    expect(stdout).toContain("recovered from an error:\nthe details");
  });

  it("that failed fails the bake and shows the details", () => {
    const { status, stdout, stderr } = wait(1);
    expect(status).toBe(1);
    expect(stdout + stderr).toContain("the details\ncloud-init failed with status 1");
  });
});

describe("installing the base layer", () => {
  const install = (commands: Readonly<Record<string, string>> = {}): Run =>
    builder.run("base/install.sh", {
      dnf: "",
      rpm: "",
      systemctl: "echo enabled",
      "node-24": "echo v24.11.0",
      ...commands,
    });

  it("updates the system before it adds Node.js, the CloudWatch agent and logrotate", () => {
    const { status, calls } = install();
    expect(status).toBe(0);
    expect(calls.filter((call) => call.startsWith("dnf "))).toEqual([
      "dnf --assumeyes upgrade",
      "dnf --assumeyes --setopt=install_weak_deps=False install nodejs24 amazon-cloudwatch-agent logrotate",
      "dnf clean all",
    ]);
  });

  it("stays with the release of the parent image, so that the same parent gives the same packages", () => {
    expect(install().calls.join("\n")).not.toContain("releasever");
  });

  it("leaves the versions of what matters in the bake's log", () => {
    expect(install().calls).toContain("rpm --query system-release nodejs24 amazon-cloudwatch-agent amazon-ssm-agent");
  });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ["a package that cannot be installed", { dnf: "[[ $* != *install* ]]" }, ""],
    ["another Node.js than 24", { "node-24": "echo v22.1.0" }, "node-24 is Node.js v22.1.0, expected v24"],
    ["no Session Manager agent", { systemctl: "exit 1" }, "no Session Manager agent that starts with the machine"],
  ])("fails the bake on %s", (_, commands, message) => {
    const { status, stderr } = install(commands);
    expect(status).toBe(1);
    expect(stderr).toContain(message);
  });
});

describe("installing what sends logs", () => {
  const install = (logrotate: string): Run =>
    builder.run("base/install-logs.sh", { install: "", rm: "", systemctl: "", logrotate });

  it("puts the template unit, its program and the rotation in place, and has the size looked at every hour", () => {
    const { status, stdout, calls } = install("echo many words >&2");
    expect(calls).toEqual([
      "install -d -m 0755 /etc/steadfast /var/log/steadfast",
      `install -D -m 0755 ${builder.tmp}/base/ship-logs.sh /usr/local/libexec/steadfast/ship-logs`,
      `install -m 0644 ${builder.tmp}/base/steadfast-logs@.service /etc/systemd/system/`,
      `install -m 0644 ${builder.tmp}/base/logrotate.conf /etc/logrotate.d/steadfast`,
      `install -D -m 0644 ${builder.tmp}/base/logrotate-hourly.conf /etc/systemd/system/logrotate.timer.d/hourly.conf`,
      `rm -r ${builder.tmp}/base`,
      "systemctl daemon-reload",
      "systemctl enable logrotate.timer",
      "logrotate --debug /etc/logrotate.d/steadfast",
    ]);
    expect(stdout).toBe("");
    expect(status).toBe(0);
  });

  it("fails the bake, and says why, when logrotate refuses its configuration", () => {
    const { status, stderr } = install("echo unknown option >&2; exit 1");
    expect(stderr).toContain("unknown option");
    expect(status).toBe(1);
  });
});

describe("sending a log", () => {
  const ship = (env: Readonly<Record<string, string>>, agent = ""): Run =>
    builder.run(
      "base/ship-logs.sh",
      { "amazon-cloudwatch-agent-ctl": agent },
      { RUNTIME_DIRECTORY: builder.tmp, AWS_REGION: "eu-west-1", ...env },
      ["imagery-server"],
    );

  it("collects the unit's file into the fleet's group, a stream for each instance, and nothing else", () => {
    const { status, calls } = ship({ LOG_GROUP: "/imagery-dev-server" });
    const config = join(builder.tmp, "imagery-server.json");
    expect(status).toBe(0);
    expect(calls).toEqual([`amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -c file:${config} -s`]);
    // Without a retention the agent asks for no more than the role has: it neither describes nor changes groups.
    expect(JSON.parse(readFileSync(config, "utf8"))).toEqual({
      agent: { region: "eu-west-1", run_as_user: "cwagent" },
      logs: {
        logs_collected: {
          files: {
            collect_list: [
              {
                file_path: "/var/log/steadfast/imagery-server.log",
                log_group_name: "/imagery-dev-server",
                log_stream_name: "{instance_id}",
              },
            ],
          },
        },
      },
    });
  });

  it.each<Readonly<Record<string, string>>>([{}, { LOG_GROUP: "" }, { LOG_GROUP: 'a" b' }])(
    "refuses the environment %j and starts no agent",
    (env) => {
      const { status, stderr, calls } = ship(env);
      expect(status).toBe(1);
      expect(stderr).toContain("is not the name of a log group");
      expect(calls).toEqual([]);
    },
  );

  it("fails when the agent refuses it, so that systemd tries again", () => {
    expect(ship({ LOG_GROUP: "/imagery-dev-server" }, "exit 3").status).toBe(3);
  });
});

describe("sealing an image", () => {
  const harmless = { "cloud-init": "", rm: "", find: "", truncate: "", sync: "" };

  it("forgets the builder's identity, keys and logs; the machine id last, because the journal is found by it", () => {
    const { status, calls } = builder.run("base/seal.sh", { ...harmless, journalctl: "" });
    expect(status).toBe(0);
    expect(calls[0]).toBe("cloud-init clean --logs");
    // Where this machine has such keys, the shell has put their names in place of the patterns.
    expect(calls[1]).toMatch(/^rm --force \/etc\/ssh\/ssh_host_\S+ /);
    expect(calls.slice(-2)).toEqual(["truncate --size=0 /etc/machine-id", "sync"]);
  });

  it("fails the bake when something could not be removed", () => {
    expect(builder.run("base/seal.sh", { ...harmless, journalctl: "exit 1" }).status).toBe(1);
  });
});

describe("the builder's own first boot", () => {
  it("sets the time at which it ends by itself, and wakes the Session Manager agent in the background", () => {
    const { status, calls } = builder.run("builder.sh", { shutdown: "", "systemd-run": "" });
    expect(status).toBe(0);
    expect(calls[0]).toBe("shutdown -P +90");
    expect(calls[1]).toMatch(/^systemd-run --unit=wake-session-manager --property=RuntimeMaxSec=10min bash -c/);
  });
});
