import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { environmentFileOf } from "../../modules/boot-script";
import { parseTimeSpan, readServiceUnit } from "../../tools/local/fleet/systemd-unit";
import { imagesFolder } from "./support/stand-ins";

const file = join(imagesFolder, "jenkins/jenkins.service");
const unit = readServiceUnit(file);
const all = (key: string, section = "Service"): readonly string[] => unit.sections.get(section)?.get(key) ?? [];
const service = (key: string): string | undefined => all(key).at(-1);
const seconds = (key: string): number => parseTimeSpan(service(key) ?? "", file);

describe("the unit of Jenkins", () => {
  it("reads the environment file that the boot script writes, and starts what holds the home's lock", () => {
    expect(unit.environmentFiles).toEqual([environmentFileOf("jenkins")]);
    expect(unit.command).toEqual(["/opt/jenkins/run-jenkins.sh"]);
  });

  it("waits for the network and for what is mounted at its home", () => {
    expect(all("RequiresMountsFor", "Unit")).toEqual(["/var/lib/jenkins"]);
    expect(all("After", "Unit")).toEqual(["network-online.target"]);
    expect(unit.environment.JENKINS_HOME).toBe("/var/lib/jenkins");
    expect(service("ReadWritePaths")).toBe("/var/lib/jenkins");
  });

  it("is tried again until its home can be mounted, which systemd alone tries once for each boot", () => {
    expect(all("OnFailure", "Unit")).toEqual(["jenkins-again.service"]);
    const again = readServiceUnit(join(imagesFolder, "jenkins/jenkins-again.service"));
    expect(again.command).toEqual(["/usr/bin/systemctl", "start", "jenkins.service"]);
    expect(again.sections.get("Service")?.get("Restart")).toEqual(["on-failure"]);
    expect(again.sections.get("Unit")?.get("StartLimitIntervalSec")).toEqual(["0"]);
  });

  it("has started when Jenkins says so, for which it has more time than it waits for the home's lock", () => {
    expect(service("Type")).toBe("notify");
    const script = readFileSync(join(imagesFolder, "jenkins/run-jenkins.sh"), "utf8");
    const wait = Number(/WAIT=\$\{WAIT:-(\d+)\}/.exec(script)?.[1]);
    expect(seconds("TimeoutStartSec")).toBeGreaterThanOrEqual(wait + 240);
    // The boot script has 480 s, and the group waits for 600.
    expect(seconds("TimeoutStartSec")).toBeLessThan(480);
  });

  it("gets its password as a copy in memory of a file that only root reads, an empty one where there is no file", () => {
    expect(all("LoadCredential")).toEqual(["admin-password:/etc/steadfast/secrets/admin-password"]);
    expect(all("SetCredential")).toEqual(["admin-password:\\n"]);
    expect(service("RuntimeDirectory")).toBe("jenkins");
    expect(service("RuntimeDirectoryMode")).toBe("0700");
    expect(unit.environment.CASC_STRICT_SECRET_RESOLUTION).toBe("true");
  });

  it("starts with the machine, again whenever it ends, for ever, and has time to stop in order", () => {
    expect(all("WantedBy", "Install")).toEqual(["multi-user.target"]);
    expect(unit.restart).toBe("always");
    expect(all("StartLimitIntervalSec", "Unit")).toEqual(["0"]);
    expect(unit.stopTimeoutMs).toBe(90_000);
    // What watches the home must not end before Jenkins does.
    expect(service("KillMode")).toBe("mixed");
  });

  it("takes a share of the machine's memory, so that a larger machine gives it more", () => {
    expect(service("MemoryMax")).toBe("80%");
  });

  it("writes a log that is sent to CloudWatch Logs, and runs without that, too", () => {
    expect(service("StandardOutput")).toBe("append:/var/log/steadfast/jenkins.log");
    expect(service("StandardError")).toBe("inherit");
    expect(all("Wants", "Unit").join(" ")).toContain("steadfast-logs@jenkins.service");
  });

  it("has a user of its own, no privileges, and writes nowhere but to its home and to what can be made anew", () => {
    expect([service("User"), service("Group")]).toEqual(["jenkins", "jenkins"]);
    expect(unit.sections.get("Service")?.has("CapabilityBoundingSet")).toBe(true);
    expect(all("CapabilityBoundingSet")).toEqual([]);
    expect(service("NoNewPrivileges")).toBe("yes");
    expect(service("ProtectSystem")).toBe("strict");
    expect(service("PrivateTmp")).toBe("yes");
    expect(service("RestrictNamespaces")).toBe("yes");
    expect(all("SystemCallFilter")).toEqual(["@system-service"]);
    expect(service("CacheDirectory")).toBe("jenkins");
    expect(service("LimitCORE")).toBe("0");
  });

  it("lets Java compile while it runs", () => {
    expect(service("MemoryDenyWriteExecute")).toBeUndefined();
  });
});

describe("the configuration of Jenkins", () => {
  const text = readFileSync(join(imagesFolder, "jenkins/jenkins.yaml"), "utf8");
  const { jenkins } = parse(text) as { readonly jenkins: Readonly<Record<string, unknown>> };

  it("is the one that the unit names", () => {
    expect(unit.environment.CASC_JENKINS_CONFIG).toBe("/opt/jenkins/jenkins.yaml");
  });

  it("knows one user, admin, whose password run-jenkins.sh has written, and lets nobody sign up", () => {
    expect(jenkins.securityRealm).toEqual({
      local: {
        allowsSignup: false,
        users: [{ id: "admin", password: "${readFile:/run/jenkins/admin-password}" }],
      },
    });
  });

  it("shows nothing to whoever has not logged in", () => {
    expect(jenkins.authorizationStrategy).toEqual({ loggedInUsersCanDoAnything: { allowAnonymousRead: false } });
  });

  it("builds nothing on the controller, opens no port for agents, and keeps the protection against forged requests", () => {
    expect(jenkins).toMatchObject({ numExecutors: 0, slaveAgentPort: -1 });
    expect(jenkins.crumbIssuer).toHaveProperty("standard");
  });
});
