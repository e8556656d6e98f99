import { DataAwsInstances } from "@cdktf/provider-aws/lib/data-aws-instances";
import { AlarmTopic } from "../modules/alarms";
import { AutoScalingGroup } from "../modules/auto-scaling-group";
import { MachineImage } from "../modules/machine-image";
import { Secret } from "../modules/secret";
import type { ServiceMachines } from "../modules/service-machines";
import { SnapshotSchedule, type SnapshotSource } from "../modules/snapshot-schedule";
import { Stack } from "../modules/stack";
import { Vpc } from "../modules/vpc";

/** TCP port of Jenkins. */
const PORT = 8080;

/** Where it keeps everything, and as whom: a disk or a file system carries the numbers from one machine to the next. */
export const HOME = { path: "/var/lib/jenkins", user: { uid: 1500, gid: 1500 } };

/** GiB of the disk that has it. */
export const HOME_SIZE = 20;

/** What the four have in common: a Jenkins on one machine, be it the same one for good or one after the other. */
export abstract class Jenkins extends Stack {
  protected readonly alarms = AlarmTopic.fromEnvironment(this, "alarms");
  protected readonly vpc = new Vpc(this, "vpc", {
    zones: this.environment.zones,
    // People reach it at its own address in every environment, and by it it leaves: NAT gateways would stand idle.
    egress: "public-ip",
    flowLogs: this.environment.flowLogs,
  });
  /** How its machine is made, whatever makes it. */
  protected readonly machine = {
    vpc: this.vpc,
    image: MachineImage.released("jenkins"),
    instanceType: "t3.small",
    service: { unit: "jenkins", port: PORT, healthPath: "/login", bootTimeout: 480 },
  };

  /**
   * One machine in any of the zones: the next one is launched only when the one before is on its way out.
   * @param diskSize GiB of its own disk. Default: as large as the image's
   */
  protected group(diskSize?: number): AutoScalingGroup {
    return new AutoScalingGroup(this, "jenkins", {
      ...this.machine,
      capacity: { min: 1, max: 1 },
      health: { check: "EC2", gracePeriod: 600 },
      replacement: "terminate-and-launch",
      diskSize,
    });
  }

  /** Snapshots of its home, where the environment makes some. */
  protected snapshot(home: SnapshotSource): void {
    const { snapshotEveryHours: everyHours } = this.environment;
    if (everyHours === undefined) return;
    new SnapshotSchedule(this, "snapshots", { of: home, everyHours, alarms: this.alarms });
  }

  /**
   * Lets its people in, and tells them where it is.
   * @param address that it keeps. Default: that of the machine that runs when the stack is deployed, until that is replaced
   */
  protected open(jenkins: ServiceMachines, address = this.#currentAddress(jenkins)): void {
    jenkins.openTo(this.environment.operatorNetworks);
    const password = new Secret(this, "admin-password", {
      description: "Password of Jenkins' user admin",
      variable: "admin_password",
      minLength: 8,
      maxLength: 40,
      // Jenkins takes what follows for the hash of a password.
      notBeginningWith: "#jbcrypt:",
      version: this.environment.adminPasswordVersion,
    });
    password.giveTo(jenkins);
    this.output("url", `http://${address}:${PORT}/`, "Jenkins, for those in operatorNetworks");
    this.output("user", "admin", "Its password is what TF_VAR_admin_password was");
    this.output("machine", jenkins.machineName, "Tag Name of its machine, for Session Manager");
  }

  #currentAddress(jenkins: ServiceMachines): string {
    const running = new DataAwsInstances(this, "running", {
      instanceTags: { Name: jenkins.machineName },
      instanceStateNames: ["running"],
      dependsOn: [jenkins.resource],
    });
    return `\${try(${running.fqn}.public_ips[0], "none-is-running")}`;
  }
}
