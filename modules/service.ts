import type { Installation } from "./boot-script";
import { isIntegerBetween, rule, type Rule } from "./validation";

/** The program that a fleet's machines run, as a systemd unit. */
export interface Service {
  /** systemd unit in the image, or of a package that is installed, without `.service`. */
  readonly unit: string;
  /** TCP port on which it answers; the service reads it as `PORT`. */
  readonly port: number;
  /** Path that answers 200 once the service can work. Default: `/health`. */
  readonly healthPath?: string;
  /** Further environment variables of the service. No secrets: user data can be read by whoever may describe it. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Seconds that a booting machine's service has to answer, below the hook's 600. Default: 300. */
  readonly bootTimeout?: number;
  /**
   * What a machine installs at its first boot, from an image that has nothing of it yet. Such a machine ships no log: that is
   * part of baked images. Default: nothing, the unit is in the image.
   */
  readonly install?: Installation;
}

/**
 * That a boot script can be made of a service.
 * @param longestBoot seconds that `bootTimeout` may be at most
 */
export function serviceRules(service: Service, longestBoot: number): Rule<unknown>[] {
  const { unit, port, healthPath, environment = {}, bootTimeout, install } = service;
  return [
    rule("service.unit", unit, (name) => /^[a-z][a-z0-9@-]*$/.test(name), "a systemd unit's name without .service"),
    rule("service.port", port, isIntegerBetween(1, 65_535), "1 to 65535"),
    rule("service.healthPath", healthPath, (path) => /^\/[\w./-]*$/.test(path), "a path such as /health"),
    rule("service.bootTimeout", bootTimeout, isIntegerBetween(1, longestBoot), `1 to ${longestBoot} seconds`),
    ...Object.entries(environment).flatMap(([name, value]) => [
      rule("service.environment", name, (key) => /^[A-Z][A-Z0-9_]*$/.test(key), "names such as QUEUE_URL"),
      rule(`service.environment.${name}`, value, (text) => !/[\n\r\0]/.test(text), "a value on one line"),
    ]),
    ...(install?.packages ?? []).map((name) =>
      rule("service.install.packages", name, (text) => /^\w[\w.+-]*$/.test(text), "names of packages such as httpd"),
    ),
  ];
}
