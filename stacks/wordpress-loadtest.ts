import type { Construct } from "constructs";
import { Instance } from "../modules/instance";
import { MachineImage } from "../modules/machine-image";
import type { StackProps } from "../modules/stack";
import { Wordpress } from "./wordpress";

/**
 * What `ab` is told: seconds at most, requests, at a time, seconds for one of them. `-t` comes first, because it sets `-n` as well.
 * A page may change its length (`-l`), and a broken connection is one error and not the end (`-r`).
 */
const LOAD = "-t 300 -n 500000 -c 15 -s 120 -l -r";
const REPORT = "/var/www/html/report.txt";

const WRITE_PAGE = `
cat > /var/www/html/index.html <<'PAGE'
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Load test</title>
<p>Its <a href="report.txt">report</a> is here when it is over.</p>
</html>
PAGE
`;

/** A WordPress under load: a machine beside it sends requests as soon as it answers. */
export class WordpressLoadtest extends Wordpress {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);
    const { websiteDomain } = props.environment;
    // By the load balancer's own name, because the domain's DNS entry may lead to another WordPress.
    const address = `${this.web.ownUrl}/`;
    const host = websiteDomain === undefined ? "" : `-H 'Host: ${websiteDomain}' `;
    const tester = new Instance(this, "tester", {
      vpc: this.vpc,
      image: MachineImage.amazonLinux2023(),
      alarms: this.alarms,
      outbound: ["https", "http"],
      service: {
        unit: "httpd",
        port: 80,
        healthPath: "/index.html",
        bootTimeout: 900,
        install: { packages: ["httpd", "httpd-tools"], script: WRITE_PAGE },
      },
    });
    tester.startAfter(this.server.resource, ...this.web.listeners);
    tester.atBoot({
      title: "The load: once now, and again with `sudo systemctl start load-test`.",
      finish: `
install -m 0644 /dev/stdin /etc/systemd/system/load-test.service <<'UNIT'
[Unit]
Description=Requests to ${address}
[Service]
DynamicUser=yes
StandardOutput=truncate:${REPORT}
StandardError=inherit
ExecStart=/usr/bin/ab ${LOAD} ${host}${address}
UNIT
systemctl daemon-reload
site_answers() {
  curl --fail --silent --max-time 10 --output /dev/null --connect-to ::${this.web.resource.dnsName}: ${this.web.url}/
}
within_time "${this.web.url} answers" site_answers
systemctl start --no-block load-test.service`,
    });
    this.output("load_tester", tester.resource.id, "Sends the requests; for Session Manager");
    this.output(
      "report",
      `aws ssm start-session --target ${tester.resource.id} --document-name AWS-StartInteractiveCommand --parameters command='cat ${REPORT}'`,
      "Shows what ab has found",
    );
  }
}
