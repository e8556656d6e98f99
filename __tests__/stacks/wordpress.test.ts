import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { parseBootScript } from "../../modules/boot-script";
import { bootScriptOf } from "../support/handed-over";
import { grantsOf } from "./support/grants";
import { WORDPRESS, synthesizeWordpress } from "./support/wordpress";

const stacks = Object.fromEntries(WORDPRESS.map((name) => [name, synthesizeWordpress(name)]));

describe.each(WORDPRESS)("%s", (name) => {
  const stack = stacks[name] ?? synthesizeWordpress(name);
  const group = stack.one("aws_autoscaling_group");

  it("has 2 to 4 t3.small over both zones, replaced when they do not answer 300 s after their start", () => {
    expect(group).toMatchObject({
      name: `${name}-test-server`,
      min_size: 2,
      max_size: 4,
      desired_capacity: 2,
      health_check_type: "ELB",
      health_check_grace_period: 300,
      vpc_zone_identifier: { length: 2 },
    });
    expect(stack.one("aws_launch_template").instance_type).toBe("t3.small");
  });

  it("keeps the average CPU at 70 %, a new machine counts after 60 s, and CPU is measured every minute", () => {
    expect(stack.one("aws_autoscaling_policy")).toMatchObject({
      policy_type: "TargetTrackingScaling",
      estimated_instance_warmup: 60,
      target_tracking_configuration: {
        target_value: 70,
        predefined_metric_specification: { predefined_metric_type: "ASGAverageCPUUtilization" },
      },
    });
    expect(stack.one("aws_launch_template").monitoring).toEqual({ enabled: true });
  });

  it("has MySQL with a standby in another zone, encrypted, its password RDS' own affair", () => {
    expect(stack.one("aws_db_instance")).toMatchObject({
      engine: "mysql",
      multi_az: true,
      storage_encrypted: true,
      manage_master_user_password: true,
      publicly_accessible: false,
      db_name: "wordpress",
    });
  });

  it("refuses whoever speaks to the database in clear", () => {
    expect(stack.one("aws_db_parameter_group").parameter).toEqual(
      expect.arrayContaining([expect.objectContaining({ name: "require_secure_transport", value: "1" })]),
    );
  });

  it("has Valkey on two nodes in two zones, with failover, TLS and a user", () => {
    expect(stack.one("aws_elasticache_replication_group")).toMatchObject({
      engine: "valkey",
      num_cache_clusters: 2,
      multi_az_enabled: true,
      automatic_failover_enabled: true,
      transit_encryption_enabled: true,
      transit_encryption_mode: "required",
      at_rest_encryption_enabled: "true",
      user_group_ids: [expect.stringContaining("aws_elasticache_user_group.cache_")],
    });
    expect(stack.one("aws_elasticache_parameter_group").parameter).toEqual(
      expect.arrayContaining([{ name: "maxmemory-policy", value: "allkeys-lru" }]),
    );
  });

  it("has an encrypted file system with a mount target in each zone, as user 1501", () => {
    expect(stack.one("aws_efs_file_system")).toMatchObject({ encrypted: true });
    expect(stack.all("aws_efs_mount_target")).toHaveLength(2);
    expect(stack.one("aws_efs_access_point")).toMatchObject({ posix_user: { uid: 1501, gid: 1501 } });
    expect(bootScriptOf(stack, "server")).toMatch(
      /mount -t efs -o _netdev,noresvport,tls,iam,accesspoint=\S+ \S+ \/var\/lib\/wordpress\n/,
    );
  });

  it("takes a password of 8 to 30 letters and digits", () => {
    const { validation } = (stack.json as unknown as { variable: Record<string, { validation: unknown }> }).variable
      .admin_password ?? { validation: undefined };
    expect(validation).toMatchObject([{ condition: expect.stringContaining('regex("^[0-9A-Za-z]{8,30}$"') }]);
  });

  it("asks a machine every 10 s for /health: 2 make it healthy, 3 unhealthy", () => {
    expect(stack.one("aws_lb_target_group")).toMatchObject({
      port: 8080,
      health_check: { path: "/health", interval: 10, timeout: 5, healthy_threshold: 2, unhealthy_threshold: 3 },
    });
  });

  it("tells its machines where everything is, and no secret", () => {
    expect(parseBootScript(bootScriptOf(stack, "server"))).toEqual({
      unit: "wordpress",
      port: 8080,
      healthPath: "/health",
      environmentFile: "/etc/steadfast/wordpress.env",
      environment: {
        PORT: "8080",
        AWS_REGION: "eu-west-1",
        LOG_GROUP: "/jenkins/logs",
        SITE_URL: "http://lb-1.eu-west-1.elb.amazonaws.com",
        ADMIN_EMAIL: "admin@example.invalid",
        DATABASE_HOST: "database.eu-west-1.rds.amazonaws.com",
        DATABASE_PORT: "3306",
        DATABASE_NAME: "wordpress",
        DATABASE_SECRET: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!db-AbCdEf",
        CACHE_HOST: "master.cache.euw1.cache.amazonaws.com",
        CACHE_PORT: "6379",
        CACHE_USER: expect.stringMatching(/^[a-z0-9-]+$/),
      },
    });
  });

  it("lets a machine read its three secrets and use its folder, and do nothing else", () => {
    expect(grantsOf(stack, "server")).toEqual([
      "elasticfilesystem:ClientMount ${aws_efs_file_system.files_file-system.arn}",
      "elasticfilesystem:ClientWrite ${aws_efs_file_system.files_file-system.arn}",
      "secretsmanager:GetSecretValue ${aws_secretsmanager_secret.admin-password_secret.arn}",
      "secretsmanager:GetSecretValue ${aws_secretsmanager_secret.cache_user_secret-v1.arn}",
      expect.stringMatching(/^secretsmanager:GetSecretValue \$\{local\.database_secret-arn_\w+\}$/),
    ]);
  });

  it("opens nothing to the world but the load balancer's port 80; database, cache and files to the machines alone", () => {
    const rules = stack.all("aws_vpc_security_group_ingress_rule");
    expect(rules.filter((rule) => rule.referenced_security_group_id === undefined)).toMatchObject([
      { cidr_ipv4: "0.0.0.0/0", from_port: 80, security_group_id: expect.stringMatching(/\.lb_/) },
    ]);
    const inside = rules.flatMap(({ from_port: port, description, referenced_security_group_id: peer }) =>
      peer === undefined ? [] : [`${String(description)}: ${String(port)}`],
    );
    expect(inside.sort()).toEqual([
      "lb to server: 8080",
      "server to cache: 6379",
      "server to database: 3306",
      "server to files: 2049",
    ]);
  });

  it("keeps the addresses of what holds data, and of what others know it by", () => {
    expect(
      stack
        .addresses([
          "aws_db_instance",
          "aws_efs_file_system",
          "aws_elasticache_replication_group",
          "aws_secretsmanager_secret",
          "aws_lb",
          "aws_autoscaling_group",
          "aws_vpc",
        ])
        .sort(),
    ).toEqual([
      "aws_autoscaling_group.server_group_39813984",
      "aws_db_instance.database_instance_D7FC2283",
      "aws_efs_file_system.files_file-system_D290C744",
      "aws_elasticache_replication_group.cache_replication-group_FA5C54CF",
      "aws_lb.lb_load-balancer_6749A51E",
      "aws_secretsmanager_secret.admin-password_secret_7F7EBF68",
      "aws_secretsmanager_secret.cache_user_secret-v1_53C7E8CC",
      "aws_vpc.vpc_6776A399",
    ]);
  });

  it("stays within AWS's names in an environment with a long one", () => {
    const long = synthesizeWordpress(name, { name: "production", accessLogs: true, alarms: { emails: [] } });
    expect(String(long.one("aws_lb").name).length).toBeLessThanOrEqual(32);
    expect(String(long.one("aws_elasticache_replication_group").replication_group_id).length).toBeLessThanOrEqual(40);
  });
});

describe("a website with a certificate and a name of its own", () => {
  const stack = synthesizeWordpress("wordpress", {
    certificateArn: "arn:aws:acm:eu-west-1:000000000000:certificate/x",
    websiteDomain: "www.example.com",
    adminEmail: "owner@example.com",
  });

  it("is that to its users and to WordPress", () => {
    expect(stack.json.output.url?.value).toBe("https://www.example.com");
    expect(parseBootScript(bootScriptOf(stack, "server")).environment).toMatchObject({
      SITE_URL: "https://www.example.com",
      ADMIN_EMAIL: "owner@example.com",
    });
  });

  it("is open on 443, and on 80 to redirect", () => {
    expect(stack.all("aws_lb_listener").map(({ port }) => port)).toEqual([80, 443]);
  });
});

describe("wordpress-schedule", () => {
  const stack = stacks["wordpress-schedule"] ?? synthesizeWordpress("wordpress-schedule");

  it("has 4 machines once, at the environment's time; 4 from 08:00 and 2 from 20:00 every day, in UTC", () => {
    const actions = stack
      .all("aws_autoscaling_schedule")
      .map(({ start_time, recurrence, time_zone, min_size, max_size, desired_capacity }) => ({
        when: start_time ?? recurrence,
        time_zone,
        min_size,
        max_size,
        desired_capacity,
      }));
    expect(actions).toEqual([
      { when: "0 20 * * *", time_zone: "Etc/UTC", min_size: 2, max_size: -1, desired_capacity: 2 },
      { when: "0 8 * * *", time_zone: "Etc/UTC", min_size: 4, max_size: -1, desired_capacity: 4 },
      { when: "2199-03-01T06:00:00Z", time_zone: undefined, min_size: 4, max_size: -1, desired_capacity: 4 },
    ]);
  });

  it("leaves its least number of machines to its times", () => {
    expect(stack.one("aws_autoscaling_group").lifecycle).toEqual({ ignore_changes: ["desired_capacity", "min_size"] });
  });

  it("grows at no extra time where the environment names none", () => {
    expect(
      synthesizeWordpress("wordpress-schedule", { scaleOutAt: undefined }).all("aws_autoscaling_schedule"),
    ).toHaveLength(2);
  });
});

describe("wordpress-loadtest", () => {
  const stack = stacks["wordpress-loadtest"] ?? synthesizeWordpress("wordpress-loadtest");
  const script = bootScriptOf(stack, "tester");

  it("sends 500,000 requests, 15 at a time, for at most 300 s, with 120 s for each, to the load balancer", () => {
    expect(script).toContain(
      "\nExecStart=/usr/bin/ab -t 300 -n 500000 -c 15 -s 120 -l -r http://lb-1.eu-west-1.elb.amazonaws.com/\n",
    );
  });

  it("asks its own load balancer for the environment's domain, whose DNS entry may lead elsewhere", () => {
    const named = synthesizeWordpress("wordpress-loadtest", {
      certificateArn: "arn:aws:acm:eu-west-1:000000000000:certificate/x",
      websiteDomain: "www.example.com",
    });
    const own = "lb-1.eu-west-1.elb.amazonaws.com";
    expect(bootScriptOf(named, "tester")).toContain(` -s 120 -l -r -H 'Host: www.example.com' https://${own}/\n`);
    expect(bootScriptOf(named, "tester")).toContain(` --connect-to ::${own}: https://www.example.com/\n`);
  });

  it("begins when the fleet serves", () => {
    expect(stack.one("aws_instance").depends_on).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^aws_autoscaling_group\.server_/),
        expect.stringMatching(/^aws_lb_listener\.lb_/),
      ]),
    );
  });

  it("gets out by HTTP and HTTPS, and lets nobody in", () => {
    expect(stack.all("aws_vpc_security_group_egress_rule", "tester").map(({ from_port }) => from_port)).toEqual([
      80, 443,
    ]);
    expect(stack.all("aws_vpc_security_group_ingress_rule", "tester")).toEqual([]);
  });
});

describe("the options of WordPress", () => {
  it.each(["wordpress-schedule", "wordpress-loadtest"])("%s is the same architecture with something more", (name) => {
    const plain = Object.keys(stacks.wordpress?.json.resource ?? {});
    expect(Object.keys(stacks[name]?.json.resource ?? {})).toEqual(expect.arrayContaining(plain));
    const source = readFileSync(new URL(`../../stacks/${name}.ts`, import.meta.url), "utf8");
    expect(source).toContain("extends Wordpress ");
  });
});
