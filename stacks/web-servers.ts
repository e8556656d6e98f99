import type { Construct } from "constructs";
import { AlarmTopic } from "../modules/alarms";
import { AutoScalingGroup } from "../modules/auto-scaling-group";
import { LoadBalancer } from "../modules/load-balancer";
import { MachineImage } from "../modules/machine-image";
import { Stack, type StackProps } from "../modules/stack";
import { Vpc } from "../modules/vpc";

/** The page of a machine: which one answered. */
const WRITE_PAGE = `
ADDRESS=$(metadata local-ipv4)
ZONE=$(metadata placement/availability-zone)
cat > /var/www/html/index.html <<PAGE
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>web-servers</title>
<p>Answered by $ADDRESS in $ZONE.</p>
</html>
PAGE
`;

/** The smallest load-balanced fleet: two web servers that install themselves at boot, in two zones. */
export class WebServers extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);
    const { egress, zones, flowLogs, certificateArn, accessLogs } = props.environment;
    const alarms = AlarmTopic.fromEnvironment(this, "alarms");

    const vpc = new Vpc(this, "vpc", { zones, egress, flowLogs });
    const server = new AutoScalingGroup(this, "server", {
      vpc,
      image: MachineImage.amazonLinux2023(),
      capacity: { min: 2, max: 2 },
      health: { check: "ELB", gracePeriod: 120 },
      service: {
        unit: "httpd",
        port: 80,
        healthPath: "/index.html",
        install: { packages: ["httpd"], script: WRITE_PAGE },
      },
    });

    const web = new LoadBalancer(this, "web", { vpc, alarms, certificateArn, accessLogs });
    web.forwardTo(server, {
      healthCheck: { path: "/index.html", interval: 10, timeout: 5, healthy: 3, unhealthy: 2, codes: "200-299" },
    });

    this.output("url", web.url, "Open this in a browser, and again: the machines take turns");
    this.output("server_fleet", server.resource.name, "Auto Scaling group of the servers");
  }
}
