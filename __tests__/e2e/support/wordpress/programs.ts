import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe } from "@jest/globals";

/** The files of WordPress, as Debian's package has them. */
export const WORDPRESS = "/usr/share/wordpress";

/** Debian's packages of all that is started here; .ci/install-packages installs them. */
export const packages = [
  ...["apache2", "php-fpm", "php-gd", "php-mbstring", "php-mysql", "php-redis", "php-xml"],
  ...["mariadb-server", "redis-server", "wordpress", "wordpress-theme-twentytwentythree"],
];

/** Servers are not on everybody's PATH. */
const folders = [...(process.env.PATH ?? "").split(":"), "/usr/local/sbin", "/usr/sbin"].filter(existsSync);

function find(name: RegExp): string | undefined {
  for (const folder of folders) {
    const file = readdirSync(folder).find((entry) => name.test(entry));
    if (file !== undefined) return join(folder, file);
  }
  return undefined;
}

/** Programs that the suites start, by Debian's names of them; undefined when this machine has none. */
const found = {
  bash: find(/^bash$/),
  flock: find(/^flock$/),
  openssl: find(/^openssl$/),
  php: find(/^php$/),
  "php-fpm": find(/^php-fpm[\d.]*$/),
  apache2: find(/^(apache2|httpd)$/),
  mariadbd: find(/^mariadbd$/),
  "mariadb-install-db": find(/^mariadb-install-db$/),
  mariadb: find(/^mariadb$/),
  "redis-server": find(/^(redis|valkey)-server$/),
  "redis-cli": find(/^(redis|valkey)-cli$/),
};

/** Where Apache's modules are. */
export const APACHE_MODULES = ["/usr/lib/apache2/modules", "/usr/lib64/httpd/modules"].find(existsSync);

/** Extensions that the image has too. */
const extensions = ["dom", "gd", "mbstring", "mysqli", "openssl", "redis"];

function missing(): string[] {
  const names = Object.entries(found).flatMap(([name, file]) => (file === undefined ? [name] : []));
  if (APACHE_MODULES === undefined) names.push("Apache's modules");
  if (!existsSync(join(WORDPRESS, "wp-load.php"))) names.push(`WordPress in ${WORDPRESS}`);
  if (!existsSync(join(WORDPRESS, "wp-content/themes/twentytwentythree"))) names.push("its theme Twenty Twenty-Three");
  if (found.php !== undefined) {
    const loaded = spawnSync(found.php, ["-m"], { encoding: "utf8" }).stdout.split("\n");
    names.push(...extensions.filter((name) => !loaded.includes(name)).map((name) => `PHP's ${name}`));
  }
  return names;
}

const lacking = missing();
if (lacking.length > 0) {
  console.warn(
    `SKIPPED, the real WordPress is not tried: ${lacking.join(", ")} not found; ` +
      `apt-get install --no-install-recommends ${packages.join(" ")}`,
  );
}

/** `describe` where everything is installed that runs WordPress as the image does; else it is skipped. */
export const describeWithWordpress = lacking.length === 0 ? describe : describe.skip;

/** The file of a program. @throws where it is not installed */
export function program(name: keyof typeof found): string {
  const file = found[name];
  if (file === undefined) throw new Error(`${name} is not installed`);
  return file;
}
