import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { Testing } from "cdktf";
import { parseBootScript } from "../../modules/boot-script";
import { WebServers } from "../../stacks/web-servers";
import { Synthesized, testEnvironment } from "../support/synthesized";
import { grantsOf } from "./support/grants";

const synthesize = (environment = testEnvironment()) =>
  new Synthesized(new WebServers(Testing.app(), "web-servers", { environment }));

const stack = synthesize();
const bootScript = String(Object.values(stack.json.locals)[0]);

describe("web-servers", () => {
  it("has exactly two t3.micro over both zones, replaced when they do not answer", () => {
    expect(stack.one("aws_autoscaling_group")).toMatchObject({
      name: "web-servers-test-server",
      min_size: 2,
      max_size: 2,
      health_check_type: "ELB",
      vpc_zone_identifier: { length: 2 },
    });
    expect(stack.one("aws_launch_template").instance_type).toBe("t3.micro");
  });

  it("starts from Amazon Linux 2023 as AWS publishes it", () => {
    expect(Object.values(stack.json.data.aws_ssm_parameter ?? {})).toMatchObject([
      { name: "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64" },
    ]);
  });

  it("serves on port 80 and forwards to port 80", () => {
    expect(stack.one("aws_lb_listener")).toMatchObject({ port: 80, protocol: "HTTP" });
    expect(stack.one("aws_lb_target_group")).toMatchObject({ port: 80, protocol: "HTTP" });
  });

  it("checks /index.html every 10 s with 5 s to answer, 3 up, 2 down, codes 200 to 299", () => {
    expect(stack.one("aws_lb_target_group").health_check).toEqual({
      path: "/index.html",
      protocol: "HTTP",
      interval: 10,
      timeout: 5,
      healthy_threshold: 3,
      unhealthy_threshold: 2,
      matcher: "200-299",
    });
  });

  it("installs Apache at boot, which is ready when the page is there", () => {
    expect(bootScript).toContain("\ndnf install --assumeyes httpd\n");
    expect(parseBootScript(bootScript)).toMatchObject({ unit: "httpd", port: 80, healthPath: "/index.html" });
  });

  it("writes the page with the machine's private address and zone before Apache starts", () => {
    const written = bootScript.indexOf("cat > /var/www/html/index.html");
    expect(written).toBeGreaterThan(bootScript.indexOf("ADDRESS=$(metadata local-ipv4)"));
    expect(written).toBeGreaterThan(bootScript.indexOf("ZONE=$(metadata placement/availability-zone)"));
    expect(bootScript.indexOf("systemctl enable --now httpd.service")).toBeGreaterThan(written);
    expect(bootScript).toContain("<p>Answered by $ADDRESS in $ZONE.</p>");
  });

  it("boots by valid bash", () => {
    expect(spawnSync("bash", ["-n"], { input: bootScript, encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
  });

  it("lets a server do nothing beyond what every machine may", () => {
    expect(grantsOf(stack, "server")).toEqual([]);
  });

  it("opens nothing to the world but the load balancer's port 80; servers get out by HTTPS alone", () => {
    const open = stack
      .all("aws_vpc_security_group_ingress_rule")
      .filter((rule) => rule.referenced_security_group_id === undefined);
    expect(open).toMatchObject([{ from_port: 80, to_port: 80, security_group_id: expect.stringMatching(/\.web_/) }]);
    expect(stack.all("aws_vpc_security_group_egress_rule", "server")).toMatchObject([{ from_port: 443, to_port: 443 }]);
  });

  it("outputs what a user wants to see first", () => {
    expect(Object.keys(stack.json.output).sort()).toEqual(["server_fleet", "url"]);
    expect(stack.json.output.url?.value).toMatch(/^http:\/\/\$\{aws_lb\..*\.dns_name\}$/);
  });

  it("keeps the addresses of what others know it by", () => {
    expect(stack.addresses(["aws_lb", "aws_autoscaling_group", "aws_vpc"]).sort()).toEqual([
      "aws_autoscaling_group.server_group_39813984",
      "aws_lb.web_load-balancer_7A68539F",
      "aws_vpc.vpc_6776A399",
    ]);
  });

  it("is small", () => {
    const source = readFileSync(new URL("../../stacks/web-servers.ts", import.meta.url), "utf8");
    expect(source.split("\n").length).toBeLessThan(120);
  });

  it("stays within AWS's names in an environment with a long one", () => {
    const long = synthesize(
      testEnvironment({ name: "production", region: "ap-northeast-1", accessLogs: true, alarms: { emails: [] } }),
    );
    expect(String(long.one("aws_lb").name).length).toBeLessThanOrEqual(32);
    for (const { bucket } of long.all("aws_s3_bucket"))
      expect(String(bucket).replace(/\$\{.*?\}/, "0".repeat(12)).length).toBeLessThanOrEqual(63);
  });
});
