import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { environmentFileOf } from "../../modules/boot-script";
import { parseTimeSpan, readServiceUnit } from "../../tools/local/fleet/systemd-unit";
import { imagesFolder } from "./support/stand-ins";

const folder = join(imagesFolder, "wordpress");
const text = (file: string): string => readFileSync(join(folder, file), "utf8");

/** A unit of WordPress' by what its name has behind `wordpress`. */
function unitOf(name: string) {
  const file = join(folder, `wordpress${name}.service`);
  const unit = readServiceUnit(file);
  const all = (key: string, section = "Service"): readonly string[] => unit.sections.get(section)?.get(key) ?? [];
  const service = (key: string): string | undefined => all(key).at(-1);
  const words = (key: string): string[] => all(key, "Unit").join(" ").split(" ");
  return { unit, all, service, words, seconds: (key: string): number => parseTimeSpan(service(key) ?? "", file) };
}

const apache = unitOf("");
const setup = unitOf("-setup");
const php = unitOf("-php");
const secret = unitOf("-database-secret");
const cron = unitOf("-cron");
const long = { apache, setup, php };
const every = { ...long, secret, cron };

describe("the unit wordpress, which the boot script enables and starts", () => {
  it("is Apache, which says itself when it is ready, on the port of the environment file", () => {
    expect(apache.unit.command.slice(0, 3)).toEqual(["/usr/sbin/httpd", "-f", "/opt/wordpress/httpd.conf"]);
    expect(apache.service("Type")).toBe("notify");
    expect(apache.unit.environmentFiles).toEqual([environmentFileOf("wordpress"), "/run/wordpress/machine.env"]);
    expect(apache.all("WantedBy", "Install")).toEqual(["multi-user.target"]);
  });

  it("starts after the shared files are mounted, WordPress is installed, and PHP runs", () => {
    expect(apache.all("RequiresMountsFor", "Unit")).toEqual(["/var/lib/wordpress"]);
    for (const other of ["wordpress-setup.service", "wordpress-php.service"]) {
      expect(apache.words("Requires")).toContain(other);
      expect(apache.words("After")).toContain(other);
    }
    expect(php.words("Requires")).toEqual(["wordpress-setup.service"]);
    expect(php.words("After")).toEqual(["wordpress-setup.service"]);
    expect(setup.words("Requires")).toEqual(["wordpress-database-secret.service"]);
    expect(setup.words("After")).toContain("wordpress-database-secret.service");
  });

  it("takes the others along when it is stopped or restarted", () => {
    for (const other of [setup, php]) expect(other.words("PartOf")).toEqual(["wordpress.service"]);
    for (const file of ["wordpress-database-secret.timer", "wordpress-database-secret.path", "wordpress-cron.timer"]) {
      expect(text(file)).toContain("PartOf=wordpress.service\n");
    }
  });

  it("is tried again for ever, also when what it needs has failed", () => {
    expect(apache.unit.restart).toBe("always");
    expect(php.unit.restart).toBe("always");
    for (const { all } of Object.values(every)) expect(all("StartLimitIntervalSec", "Unit")).toEqual(["0"]);
    expect(apache.all("OnFailure", "Unit")).toEqual(["wordpress-again.service"]);
    const again = unitOf("-again");
    expect(again.unit.command).toEqual(["/usr/bin/systemctl", "start", "wordpress.service"]);
    expect(again.service("Restart")).toBe("on-failure");
  });

  it("ends requests in order, for which it has more time than PHP may take for one", () => {
    const limit = Number(/request_terminate_timeout = (\d+)s/.exec(text("php-fpm.conf"))?.[1]);
    for (const { seconds } of [apache, php]) expect(seconds("TimeoutStopSec")).toBeGreaterThan(limit);
    expect(apache.service("KillSignal")).toBe("SIGWINCH");
    expect(php.service("KillSignal")).toBe("SIGQUIT");
  });

  it("sends its log to CloudWatch Logs, with what the others write, and runs without that, too", () => {
    expect(apache.words("Wants")).toContain("steadfast-logs@wordpress.service");
    for (const key of ["Requires", "After"]) expect(apache.words(key).join()).not.toContain("steadfast-logs@");
    for (const { service } of Object.values(every)) {
      expect(service("StandardOutput")).toBe("append:/var/log/steadfast/wordpress.log");
      expect(service("StandardError")).toBe("inherit");
    }
  });
});

describe("the unit that sets WordPress up", () => {
  it("does it once for each start, and has more time than it waits for the lock and installs, and less than a boot has", () => {
    expect(setup.service("Type")).toBe("oneshot");
    expect(setup.service("RemainAfterExit")).toBe("yes");
    const [wait, limit] = ["WAIT", "LIMIT"].map((name) =>
      Number(new RegExp(`readonly ${name}=\\$\\{${name}:-(\\d+)\\}`).exec(text("setup.sh"))?.[1]),
    );
    expect(setup.seconds("TimeoutStartSec")).toBeGreaterThan((wait ?? 0) + (limit ?? 0));
    expect(setup.seconds("TimeoutStartSec")).toBeLessThan(480);
    // A machine that is lost while it installs holds the lock for its time and its lease of the file system's.
    expect(wait).toBeGreaterThanOrEqual((limit ?? 0) + 90);
  });

  it("gets the passwords as copies in memory of files that only root reads, empty ones where there are no files", () => {
    for (const name of ["admin-password", "cache-password"]) {
      expect(setup.all("LoadCredential")).toContain(`${name}:/etc/steadfast/secrets/${name}`);
      expect(setup.all("SetCredential")).toContain(`${name}:\\n`);
    }
    // What is in memory is enough for the others.
    for (const { all } of [apache, php]) expect(all("LoadCredential")).toEqual([]);
  });
});

describe("the units that do what is due", () => {
  it("run WordPress' own program every minute, which it does not ask for over the network itself", () => {
    expect(apache.words("Wants")).toContain("wordpress-cron.timer");
    expect(text("wordpress-cron.timer")).toContain("OnUnitInactiveSec=1min\n");
    expect(cron.service("Type")).toBe("oneshot");
    expect(cron.unit.command).toEqual(["/usr/bin/php", "/opt/wordpress/public/wp-cron.php"]);
    expect(text("settings.php")).toContain("define('DISABLE_WP_CRON', true);\n");
  });

  it("run it as PHP runs for visitors", () => {
    expect(cron.service("User")).toBe("wordpress");
    expect(cron.unit.environmentFiles).toEqual(php.unit.environmentFiles);
    expect(cron.all("Environment").join(" ")).toContain("PHP_INI_SCAN_DIR=:/opt/wordpress/php.d");
  });
});

describe("the units that keep the database's password", () => {
  it("read it as root before WordPress is set up, for PHP to read and not to write", () => {
    expect(secret.service("Type")).toBe("oneshot");
    expect(secret.service("User")).toBeUndefined();
    expect(secret.service("Group")).toBe("wordpress");
    expect(secret.service("RuntimeDirectory")).toBe("wordpress-database");
    expect(secret.service("RuntimeDirectoryMode")).toBe("0750");
    expect(secret.service("RemainAfterExit")).toBeUndefined();
  });

  it("read it again every few minutes, and when the database has refused it", () => {
    expect(apache.words("Wants")).toEqual(
      expect.arrayContaining(["wordpress-database-secret.timer", "wordpress-database-secret.path"]),
    );
    expect(text("wordpress-database-secret.timer")).toContain("OnUnitInactiveSec=5min\n");
    expect(text("wordpress-database-secret.path")).toContain("PathExists=/run/wordpress/database-refused\n");
    for (const file of ["db-error.php", "health.php"]) expect(text(file)).toContain("'/database-refused'");
  });

  it("never give up, however often it is refused: the program waits by itself", () => {
    expect(text("wordpress-database-secret.path")).toContain("TriggerLimitIntervalSec=0\n");
  });
});

describe.each(Object.entries(every))("the service %s", (name, { all, service }) => {
  it("is the user wordpress, or root where PHP may not write, with nothing of root's power that it does not need", () => {
    expect(service("User")).toBe(name === "secret" ? undefined : "wordpress");
    expect(all("CapabilityBoundingSet")).toEqual(name === "secret" ? ["CAP_DAC_OVERRIDE"] : []);
    expect(service("NoNewPrivileges")).toBe("yes");
    for (const key of ["ProtectHome", "PrivateTmp", "PrivateDevices", "RestrictNamespaces", "RestrictSUIDSGID"]) {
      expect(service(key)).toBe("yes");
    }
  });

  it("writes nothing but the shared files, its runtime folder, its cache and its slow log", () => {
    expect(service("ProtectSystem")).toBe("strict");
    const writable = {
      apache: [],
      setup: ["/var/lib/wordpress"],
      php: ["/var/lib/wordpress /var/log/steadfast/wordpress-slow.log"],
      secret: ["-/run/wordpress"],
      cron: ["/var/lib/wordpress"],
    };
    expect(all("ReadWritePaths")).toEqual(writable[name as keyof typeof writable]);
  });

  it("calls nothing of the system but what a service needs, PHP also what its slow log needs, and leaves no dump", () => {
    expect(all("SystemCallFilter")).toEqual(["@system-service", ...(name === "php" ? ["ptrace"] : [])]);
    expect(service("SystemCallErrorNumber")).toBe("EPERM");
    expect(service("LimitCORE")).toBe("0");
    expect(service("UMask")).toBe("0077");
  });

  it("has a limit of its memory", () => {
    expect(service("MemoryMax")).toBe(
      { apache: "256M", setup: "512M", php: "75%", secret: "256M", cron: "256M" }[name],
    );
  });
});

it("keep the runtime folder when one of them ends", () => {
  for (const { service } of Object.values(every)) expect(service("RuntimeDirectoryPreserve")).toBe("yes");
  for (const { service } of Object.values(long)) expect(service("RuntimeDirectory")).toBe("wordpress");
});

it("lets PHP go on when the kernel has killed one child of it for the memory that it took", () => {
  expect(php.service("OOMPolicy")).toBe("continue");
});
