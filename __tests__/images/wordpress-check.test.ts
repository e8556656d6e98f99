import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { Builder, imagesFolder, type Run } from "./support/stand-ins";

type Commands = Readonly<Record<string, string>>;

let builder: Builder;
beforeEach(() => {
  builder = new Builder();
  mkdirSync(join(builder.tmp, "uploads"));
});
afterEach(() => {
  builder.remove();
});
const at = (...path: readonly string[]): string => join(builder.tmp, ...path);
const places = (): Record<string, string> => ({
  "/etc/steadfast": at("steadfast"),
  "/etc/my.cnf.d/": at("/"),
  "/etc/systemd/system/": at("/"),
  "/var/lib/wordpress/uploads": at("uploads"),
});

describe("preparing the check of WordPress, at the end of a bake", () => {
  const commands: Commands = {
    rpm: "echo b; echo a",
    dnf: "",
    chown: "",
    systemctl: "",
    mariadb: `/bin/cat > "$SQL"`,
    // Groups of the builder.
    install: `args=(); while (($#)); do [[ $1 == -g ]] && shift 2 || { args+=("$1"); shift; }; done
      /usr/bin/install "\${args[@]}"`,
  };
  const prepare = (): Run => builder.run("wordpress/prepare-check.sh", commands, { SQL: at("sql") }, [], places());

  it("makes a database that lets nobody in without TLS, with a certificate for its address", () => {
    expect(prepare().status).toBe(0);
    const configuration = readFileSync(at("steadfast-check.cnf"), "utf8");
    expect(configuration).toContain("bind-address=127.0.0.1\nrequire_secure_transport=ON\n");
    expect(configuration).toContain(`ssl_cert=${at("steadfast/check/database.pem")}\n`);
    expect(existsSync(at("steadfast/check/database.pem"))).toBe(true);
    expect(readFileSync(at("sql"), "utf8")).toContain("GRANT ALL ON wordpress.* TO check_user@'%';");
  });

  it("puts the secrets where a machine has them", () => {
    prepare();
    expect(readFileSync(at("steadfast/secrets/admin-password"), "utf8")).toMatch(/^[0-9A-Za-z]{8,30}$/);
    for (const name of ["admin-password", "cache-password"]) {
      expect(statSync(at("steadfast/secrets", name)).mode & 0o777).toBe(0o600);
    }
    const secret = JSON.parse(readFileSync(at("steadfast/check/secret.json"), "utf8")) as Record<string, string>;
    expect(secret.username).toBe("check_user");
    expect(readFileSync(at("sql"), "utf8")).toContain(`IDENTIFIED BY '${secret.password ?? ""}'`);
  });

  it("gives the database's secret without AWS, which the builder may not ask", () => {
    const { calls } = prepare();
    const unit = readFileSync(at("wordpress-database-secret.service.d/check.conf"), "utf8");
    expect(unit).toMatch(
      /^\[Service\]\nExecStart=\nExecStart=\/usr\/bin\/install -m 0440 -g wordpress \S+secret\.json /,
    );
    expect(calls.at(-1)).toBe("systemctl daemon-reload");
  });

  it("tells WordPress of it what a machine is told", () => {
    const read = (file: string): string => readFileSync(join(imagesFolder, "wordpress", file), "utf8");
    const wanted = /^# {3}(SITE_URL, .+)$/m.exec(read("setup.sh"))?.[1]?.split(", ") ?? [];
    expect(wanted).toContain("DATABASE_HOST");
    const told = read("check.env").match(/^[A-Z_]+(?==)/gm);
    expect(told).toEqual(expect.arrayContaining([...wanted, "DATABASE_SECRET"]));
  });
});

describe("the check of WordPress", () => {
  /** Answers as WordPress does: what is asked is the last word. */
  const wordpress = (changed = ""): Commands => ({
    chown: "",
    php: "exit 1",
    curl: `page=$(grep --only-matching --perl-regexp -- '(?<=--output )\\S+' <<< "$*")
      answer() { echo "$2" > "$page"; printf %s "$1"; exit; }
      ${changed}
      case "$*" in
        */health) answer 200 '{"status":"healthy","database":"works","cache":"fails"}' ;;
        *8080/) answer 200 '<h2>Hello world!</h2>' ;;
        *p=1*) answer 200 'Welcome to WordPress. This is your first post.' ;;
        *pwd=wrong*) answer 200 'wrong' ;;
        *pwd@*) touch ${at("in")}; answer 302 '' ;;
        */wp-login.php) answer 200 'login' ;;
        */wp-admin/) [[ -e ${at("in")} ]] && answer 200 'Dashboard'; answer 302 '' ;;
        *check.txt) answer 200 'it is sent' ;;
        */uploads/) answer 404 '' ;;
        *) answer 403 '' ;;
      esac`,
  });
  const check = (commands: Commands): Run =>
    builder.run("wordpress/check.sh", commands, { PORT: "8080" }, [], places());

  it("lets a WordPress pass that only its admin gets into, and that runs nothing of the uploads", () => {
    expect(check(wordpress())).toMatchObject({ status: 0, stderr: "" });
  });

  it("has no password among the arguments of any program", () => {
    const { calls } = check(wordpress());
    expect(calls.filter((call) => call.includes("pwd"))).toEqual([
      expect.stringContaining("pwd=wrong"),
      expect.stringContaining(`pwd@${at("steadfast/secrets/admin-password")}`),
    ]);
  });

  it.each([
    ["is not healthy", `[[ $* != */health ]] || answer 200 '{"status":"degraded"}'`, 'has no "status":"healthy"'],
    ["has no site", "[[ $* != *8080/ ]] || answer 302 ''", "the front page: 302, expected 200"],
    ["knows no other addresses", "[[ $* != *p=1* ]] || answer 404 ''", "an address that is no file: 404"],
    ["lets any password in", "[[ $* != *pwd=wrong* ]] || answer 302 ''", "a wrong password: 302, expected 200"],
    ["keeps its admin out", "[[ $* != *pwd@* ]] || answer 200 ''", "the right password: 200, expected 302"],
    ["shows its settings", "[[ $* != *config* ]] || answer 200 ''", "/wp-config.php: 200, expected 403"],
    ["lets anybody install", "[[ $* != *install* ]] || answer 200 ''", "/wp-admin/install.php: 200, expected 403"],
    ["runs uploads", "[[ $* != *check.php ]] || answer 200 'it runs'", "PHP among the uploads: 200, expected 403"],
  ])("fails the bake of a WordPress that %s", (_, changed, message) => {
    const { status, stderr } = check(wordpress(changed));
    expect(status).toBe(1);
    expect(stderr).toContain(message);
  });

  it("fails the bake of a PHP that believes any database", () => {
    const { status, stderr } = check({ ...wordpress(), php: "" });
    expect(status).toBe(1);
    expect(stderr).toBe("PHP connects to a database that cannot prove who it is\n");
  });
});

describe("removing the check of WordPress", () => {
  const run = (packages: string): Run => {
    writeFileSync(at("packages-before-check"), "a\nb\n");
    const nothing = { systemctl: "", rm: "", dnf: "", find: "", truncate: "" };
    return builder.run("wordpress/remove-check.sh", { ...nothing, rpm: `printf '${packages}'` });
  };

  it("leaves neither database nor secrets behind, nor keys that every site would have", () => {
    const { status, calls } = run("b\\na\\n");
    expect(status).toBe(0);
    expect(calls).toEqual(
      expect.arrayContaining([
        "rm --recursive /etc/systemd/system/wordpress-database-secret.service.d /etc/steadfast/check /etc/steadfast/secrets",
        "dnf --assumeyes history undo last",
        "find /var/lib/wordpress /var/cache/wordpress /run/wordpress /run/wordpress-database -mindepth 1 -delete",
      ]),
    );
  });

  it("fails the bake when it has left a package behind", () => {
    const { status, stderr } = run("b\\na\\nmariadb\\n");
    expect(status).toBe(1);
    expect(stderr).toContain("> mariadb");
  });
});
