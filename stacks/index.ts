import type { Construct } from "constructs";
import type { Stack, StackProps } from "../modules/stack";
import { Bootstrap } from "./bootstrap";
import { Imagery } from "./imagery";
import { JenkinsMultiaz } from "./jenkins-multiaz";
import { JenkinsMultiazEfs } from "./jenkins-multiaz-efs";
import { JenkinsMultiazEfsEip } from "./jenkins-multiaz-efs-eip";
import { JenkinsRecovery } from "./jenkins-recovery";
import { Url2png } from "./url2png";
import { WebServers } from "./web-servers";
import { Wordpress } from "./wordpress";
import { WordpressLoadtest } from "./wordpress-loadtest";
import { WordpressSchedule } from "./wordpress-schedule";

/** Every architecture under the name that `cdktf deploy` takes, in the order in which an empty environment gets them. */
export const STACKS: Readonly<Record<string, new (scope: Construct, id: string, props: StackProps) => Stack>> = {
  bootstrap: Bootstrap,
  imagery: Imagery,
  url2png: Url2png,
  "web-servers": WebServers,
  "jenkins-recovery": JenkinsRecovery,
  "jenkins-multiaz": JenkinsMultiaz,
  "jenkins-multiaz-efs": JenkinsMultiazEfs,
  "jenkins-multiaz-efs-eip": JenkinsMultiazEfsEip,
  wordpress: Wordpress,
  "wordpress-schedule": WordpressSchedule,
  "wordpress-loadtest": WordpressLoadtest,
};
