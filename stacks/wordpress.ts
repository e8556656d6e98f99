import type { Construct } from "constructs";
import { AlarmTopic } from "../modules/alarms";
import { AutoScalingGroup } from "../modules/auto-scaling-group";
import { Cache } from "../modules/cache";
import { Database } from "../modules/database";
import { FileSystem } from "../modules/file-system";
import { LoadBalancer } from "../modules/load-balancer";
import { MachineImage } from "../modules/machine-image";
import { Secret } from "../modules/secret";
import { Stack, type StackProps } from "../modules/stack";
import { Vpc } from "../modules/vpc";

/** Where a machine has the files that all of them share, and as whom: the numbers are in the image. */
const SHARED = { path: "/var/lib/wordpress", user: { uid: 1501, gid: 1501 } };

/** A WordPress that scales: what its machines know is in the database, the file system and the cache, which all survive a zone. */
export class Wordpress extends Stack {
  protected readonly alarms = AlarmTopic.fromEnvironment(this, "alarms");
  protected readonly vpc: Vpc;
  protected readonly server: AutoScalingGroup;
  protected readonly web: LoadBalancer;

  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);
    const { egress, zones, flowLogs, certificateArn, accessLogs, websiteDomain, adminEmail } = props.environment;
    const { alarms } = this;

    this.vpc = new Vpc(this, "vpc", { zones, egress, flowLogs });
    const { vpc } = this;
    const database = new Database(this, "database", { vpc, alarms, engine: "mysql", name: "wordpress" });
    const files = new FileSystem(this, "files", { vpc, alarms });
    const cache = new Cache(this, "cache", { vpc, alarms });
    const password = new Secret(this, "admin-password", {
      description: "Password of WordPress' user admin",
      variable: "admin_password",
      minLength: 8,
      maxLength: 30,
      characters: "letters-and-digits",
      version: props.environment.adminPasswordVersion,
    });
    this.web = new LoadBalancer(this, "lb", { vpc, alarms, certificateArn, accessLogs, domain: websiteDomain });

    this.server = new AutoScalingGroup(this, "server", {
      vpc,
      image: MachineImage.released("wordpress"),
      instanceType: "t3.small",
      capacity: { min: 2, max: 4 },
      health: { check: "ELB", gracePeriod: 300 },
      service: {
        unit: "wordpress",
        port: 8080,
        bootTimeout: 480,
        environment: {
          SITE_URL: this.web.url,
          ADMIN_EMAIL: adminEmail,
          DATABASE_HOST: database.host,
          DATABASE_PORT: String(database.port),
          DATABASE_NAME: database.name,
          DATABASE_SECRET: database.secretArn,
          CACHE_HOST: cache.host,
          CACHE_PORT: String(cache.port),
          CACHE_USER: cache.userName,
        },
      },
    });
    database.allowFrom(this.server);
    database.grantSecret(this.server);
    cache.allowFrom(this.server);
    cache.giveTo(this.server);
    files.mountOn(this.server, SHARED);
    password.giveTo(this.server);
    this.server.scaleToTarget("cpu", { metric: "ASGAverageCPUUtilization", target: 70, warmup: 60 });

    // Thirty seconds for a machine that fails alone. What fails for all of them, the page itself puts up with for longer.
    this.web.forwardTo(this.server, {
      healthCheck: { path: "/health", interval: 10, timeout: 5, healthy: 2, unhealthy: 3 },
    });

    this.output("url", this.web.url, "The website; its administration is at /wp-admin/");
    this.output("user", "admin", "Its password is what TF_VAR_admin_password was when WordPress was installed");
    this.output("load_balancer", this.web.resource.dnsName, "Where the DNS entry of websiteDomain leads");
    this.output("server_fleet", this.server.resource.name, "Auto Scaling group of the web servers");
  }
}
