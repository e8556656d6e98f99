import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { builderForEachTest, imagesFolder, type Run } from "./support/stand-ins";

type Commands = Readonly<Record<string, string>>;

const template = readFileSync(join(imagesFolder, "wordpress.pkr.hcl"), "utf8");

const builder = builderForEachTest();

describe("what the image of WordPress is made of", () => {
  it("is exact versions of WordPress and WP-CLI, each known by its checksum", () => {
    expect(template).toMatch(/\n {2}wordpress_version = "\d+\.\d+(\.\d+)?"\n/);
    expect(template).toMatch(/\n {2}wp_cli_version {4}= "\d+\.\d+\.\d+"\n/);
    expect(template).toMatch(/"WORDPRESS_SHA1=[0-9a-f]{40}"/);
    expect(template).toMatch(/"WP_CLI_SHA512=[0-9a-f]{128}"/);
  });

  it("is downloaded from nowhere else", () => {
    const urls = template.replace(/^\s*#.*$/gm, "").match(/https?:\/\/[^/"]+/g);
    expect([...new Set(urls)].sort()).toEqual([
      "https://github.com",
      "https://truststore.pki.rds.amazonaws.com",
      "https://wordpress.org",
    ]);
  });
});

describe("installing Apache and PHP", () => {
  const modules = "curl dom exif fileinfo gd intl mbstring mysqli openssl redis xml zip".split(" ");
  const php = (list: readonly string[]): string =>
    `[[ $1 == --version ]] && echo "PHP 8.4.25 (cli)" || printf '%s\\n' '[PHP Modules]' ${list.join(" ")}`;
  const healthy: Commands = {
    groupadd: "",
    useradd: "",
    dnf: "",
    rpm: "",
    php: php(modules),
    "php-fpm": 'echo "PHP 8.4.25 (fpm-fcgi)"',
  };
  const install = (commands: Commands = {}): Run =>
    builder().run("wordpress/install-packages.sh", { ...healthy, ...commands }, { PHP_VERSION: "8.4" });

  it("gives WordPress its numbers, which its files on EFS carry", () => {
    expect(install().calls.slice(0, 2)).toEqual([
      "groupadd --gid 1501 wordpress",
      "useradd --uid 1501 --gid wordpress --no-create-home --home-dir /var/lib/wordpress --shell /usr/sbin/nologin wordpress",
    ]);
  });

  it("takes them from the distribution, with what WordPress, its cache and its mount need", () => {
    const run = install();
    expect(run).toMatchObject({ status: 0, stderr: "" });
    expect(run.calls).toContain(
      "dnf --assumeyes --setopt=install_weak_deps=False install httpd amazon-efs-utils php8.4-cli php8.4-fpm php8.4-gd " +
        "php8.4-intl php8.4-mbstring php8.4-mysqlnd php8.4-opcache php8.4-pecl-redis6 php8.4-process php8.4-xml php8.4-zip",
    );
  });

  it.each<[string, Commands, string]>([
    ["another PHP", { "php-fpm": 'echo "PHP 8.5.1"' }, "php-fpm is not PHP 8.4: PHP 8.5.1"],
    ["a PHP without Redis", { php: php(modules.filter((name) => name !== "redis")) }, "PHP has no redis"],
    ["packages that are not there", { dnf: "echo no match >&2; exit 1" }, "no match"],
  ])("fails the bake on %s", (_, commands, message) => {
    const { status, stderr } = install(commands);
    expect(status).toBe(1);
    expect(stderr).toContain(message);
  });
});

describe("installing WordPress", () => {
  const RDS = "subject=C = US, O = Amazon Web Services\\, Inc., OU = Amazon RDS, CN = Amazon RDS eu-west-1 Root CA";
  const folder = (): string => join(builder().tmp, "opt");
  const contents = (path: string): string => join(folder(), "public/wp-content", path);

  /** Places what each of the three addresses has; WordPress is a real archive. */
  const healthy: Commands = {
    curl: `while [[ $1 != --output ]]; do shift; done
      case $3 in *wordpress*) cp "$ARCHIVE_OF_WORDPRESS" "$2" ;; *) echo "$3" > "$2" ;; esac`,
    sha512sum: "/bin/cat > /dev/null",
    sha1sum: "/bin/cat > /dev/null",
    php: "",
    openssl: `[[ $1 == crl2pkcs7 ]] || printf '%s\\nissuer=x\\n\\n' '${RDS}' '${RDS}'`,
  };

  function install(commands: Commands = {}): Run {
    const source = join(builder().tmp, "source");
    mkdirSync(join(source, "wordpress/wp-content/plugins/akismet"), { recursive: true });
    writeFileSync(join(source, "wordpress/wp-content/plugins/index.php"), "");
    writeFileSync(join(source, "wordpress/index.php"), "the front");
    const archive = join(builder().tmp, "source.tar.gz");
    spawnSync("tar", ["--create", "--gzip", "--file", archive, "--directory", source, "wordpress"]);
    const env = {
      ARCHIVE_OF_WORDPRESS: archive,
      WORDPRESS_VERSION: "7.1",
      WORDPRESS_URL: "https://example.com/wordpress-7.1.tar.gz",
      WORDPRESS_SHA1: "1".repeat(40),
      WP_CLI_URL: "https://example.com/wp-cli.phar",
      WP_CLI_SHA512: "2".repeat(128),
      RDS_CA_URL: "https://example.com/bundle.pem",
    };
    const places = { "/opt/wordpress": folder() };
    return builder().run("wordpress/install-wordpress.sh", { ...healthy, ...commands }, env, [], places);
  }

  it("compares both archives, and each file with what wordpress.org says of it", () => {
    const { status, stderr, calls } = install();
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const order = ["sha512sum", "sha1sum", "php"].map((name) => calls.findIndex((call) => call.startsWith(`${name} `)));
    expect([...order].sort((a, b) => a - b)).toEqual(order);
    expect(order).not.toContain(-1);
    expect(calls.find((call) => call.startsWith("php "))).toBe(
      `php ${folder()}/wp-cli.phar core verify-checksums --path=${folder()}/public --version=7.1 --allow-root`,
    );
  });

  it("puts drop-ins in their places, uploads on the share, and settings above what is served, in memory", () => {
    install();
    expect(readFileSync(join(folder(), "public/index.php"), "utf8")).toBe("the front");
    expect(readlinkSync(contents("object-cache.php"))).toBe(`${folder()}/object-cache.php`);
    expect(readlinkSync(contents("db-error.php"))).toBe(`${folder()}/db-error.php`);
    expect(readlinkSync(contents("uploads"))).toBe("/var/lib/wordpress/uploads");
    expect(readlinkSync(join(folder(), "wp-config.php"))).toBe("/run/wordpress/wp-config.php");
  });

  it("leaves out the plugins that come along, and adds those of the site's own", () => {
    mkdirSync(join(builder().tmp, "units/wp-content/plugins/mine"), { recursive: true });
    install();
    expect(readdirSync(contents("plugins")).sort()).toEqual(["index.php", "mine"]);
  });

  it.each<[string, Commands, string]>([
    ["another WP-CLI", { sha512sum: "echo FAILED >&2; exit 1" }, "FAILED"],
    ["another WordPress", { sha1sum: "echo FAILED >&2; exit 1" }, "FAILED"],
    ["a file of WordPress that is another", { php: "echo does not verify >&2; exit 1" }, "does not verify"],
    ["what cannot be had", { curl: "echo not found >&2; exit 22" }, "not found"],
    [
      "a certificate of somebody else among those of RDS",
      { openssl: `[[ $1 == crl2pkcs7 ]] || printf '%s\\n' '${RDS}' 'subject=O = Somebody, CN = Amazon RDS'` },
      "holds 2 certificates, 1 of which are not of Amazon RDS",
    ],
    ["no certificates", { openssl: "" }, ""],
  ])("fails the bake on %s", (_, commands, message) => {
    const { status, stderr } = install(commands);
    expect(status).not.toBe(0);
    expect(stderr).toContain(message);
    expect(existsSync(contents("object-cache.php"))).toBe(false);
  });
});

describe("putting WordPress' service in place", () => {
  const commands: Commands = { install: "", chown: "", chmod: "", systemctl: "", httpd: "echo systemd_module" };
  const run = (more: Commands = {}): Run => {
    for (const name of ["a.php", "b.conf", "c.service", "d.timer", "e.path"]) {
      writeFileSync(join(builder().tmp, "units", name), "");
    }
    return builder().run("wordpress/install-service.sh", { ...commands, ...more });
  };

  it("leaves code and units to root, to be read by all and written by none, and enables nothing", () => {
    const { status, calls } = run();
    const units = `${builder().tmp}/units`;
    expect(status).toBe(0);
    expect(calls).toEqual([
      `install -m 0644 ${units}/a.php ${units}/wp-config.php.in ${units}/b.conf /opt/wordpress/`,
      `install -m 0755 ${units}/setup.sh ${units}/database-secret.sh /opt/wordpress/`,
      `install -D -m 0644 ${units}/php.d/wordpress.ini /opt/wordpress/php.d/wordpress.ini`,
      `install -m 0755 ${units}/wp.sh /usr/local/bin/wp`,
      "chown --recursive --no-dereference root:root /opt/wordpress",
      "chmod --recursive u=rwX,go=rX /opt/wordpress",
      "install -d -m 0750 -o wordpress -g wordpress /var/lib/wordpress",
      `install -m 0644 ${units}/c.service ${units}/d.timer ${units}/e.path /etc/systemd/system/`,
      "install -m 0640 -g cwagent /dev/null /var/log/steadfast/wordpress.log",
      "install -m 0640 -o wordpress -g cwagent /dev/null /var/log/steadfast/wordpress-slow.log",
      "systemctl daemon-reload",
      "httpd -f /opt/wordpress/httpd.conf -M",
    ]);
  });

  it("fails the bake on an Apache that would never tell systemd that it is ready", () => {
    const { status, stderr } = run({ httpd: "echo core_module" });
    expect(status).toBe(1);
    expect(stderr).toBe("Apache has no mod_systemd\n");
  });
});
