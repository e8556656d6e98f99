import { describe, expect, it } from "@jest/globals";
import type { EnvironmentSettings } from "../../../environments";
import { about } from "../../../tools/resilience/words";
import { reportOf } from "./support/reports";

const FOUR = {
  "jenkins-recovery": reportOf("jenkins-recovery"),
  "jenkins-multiaz": reportOf("jenkins-multiaz"),
  "jenkins-multiaz with snapshots": reportOf("jenkins-multiaz", { snapshotEveryHours: 6 }),
  "jenkins-multiaz-efs": reportOf("jenkins-multiaz-efs"),
  "jenkins-multiaz-efs-eip": reportOf("jenkins-multiaz-efs-eip"),
};

describe("the recovery table of Jenkins", () => {
  it.each<[keyof typeof FOUR, string, string, string, string[], string]>([
    ["jenkins-recovery", "recovery alarm, EBS", "about 10 min", "none lost", ["process", "machine"], "kept"],
    ["jenkins-multiaz", "group, EBS", "about 10 min", "all lost", ["process", "machine", "zone"], "new"],
    [
      "jenkins-multiaz with snapshots",
      "group, EBS with snapshots",
      "about 10 min",
      "up to 6 h",
      ["process", "machine", "zone"],
      "new",
    ],
    ["jenkins-multiaz-efs", "group, EFS", "about 10 min", "none lost", ["process", "machine", "zone"], "new"],
    ["jenkins-multiaz-efs-eip", "group, EFS", "about 10 min", "none lost", ["process", "machine", "zone"], "kept"],
  ])("says of %s: %s, RTO %s, RPO %s", (name, recoversBy, recoveryTime, dataLoss, survives, address) => {
    const [row, ...others] = FOUR[name].recovery;
    expect(others).toEqual([]);
    expect(row).toMatchObject({ machines: "jenkins", recoversBy, survives, address });
    expect([about(row?.recoverySeconds), row?.dataLoss?.text]).toEqual([recoveryTime, dataLoss]);
  });

  it("adds up the recovery time of a group: the failing check, the launch, and a boot of at most 480 s", () => {
    const [group] = FOUR["jenkins-multiaz"].findings;
    expect(group?.outcomes.machine.recoveryTime).toEqual([
      { seconds: 60, what: "until EC2's status check has failed", basis: "AWS" },
      { seconds: 60, what: "until Auto Scaling has launched another", basis: "assumed" },
      {
        seconds: 480,
        what: "until it has booted, at most: its script gives up after 480 s, the group after 600 s",
        basis: "stack",
      },
    ]);
  });

  it("adds up the recovery time of an instance: the alarm's five checks of a minute, and the restart", () => {
    const instance = FOUR["jenkins-recovery"].findings.find(({ recovery }) => recovery !== undefined);
    expect(instance?.outcomes.machine.recoveryTime).toEqual([
      { seconds: 300, what: "until 5 of the alarm's checks, one every 60 s, have failed", basis: "stack" },
      { seconds: 300, what: "until it has restarted on another host", basis: "assumed" },
    ]);
  });
});

describe("what Jenkins does not survive", () => {
  const lost = (name: keyof typeof FOUR): string[] =>
    FOUR[name].notSurvived.map(({ losses, what, address }) => {
      const [type = "", resource = ""] = address.split(".");
      return `${losses.join("+")}: ${what} [${type} ${resource.replace(/_[0-9A-F]{8}$/, "")}]`;
    });
  const newAddress =
    "machine+zone: the address: the next machine has another one, and clients have to learn it [aws_autoscaling_group jenkins_group]";

  it("is a zone where one machine recovers: neither the machine nor its disk is anywhere else", () => {
    expect(lost("jenkins-recovery")).toEqual([
      "zone: the volume is in one zone, and away as long as that is; no policy makes snapshots of it at an interval [aws_ebs_volume home_volume]",
      "zone: an instance stands in one zone, and nothing launches another one [aws_instance jenkins_instance]",
    ]);
    expect(FOUR["jenkins-recovery"].losses.zone).toEqual({
      survives: false,
      recoverySeconds: undefined,
      dataLoss: undefined,
    });
  });

  it("is its home and its address where a group keeps both on its machine", () => {
    expect(lost("jenkins-multiaz")).toEqual([
      "machine+zone: everything in /var/lib/jenkins: it is on the machine's root volume, which goes with the machine [aws_autoscaling_group jenkins_group]",
      newAddress,
    ]);
  });

  it("is what was written since the last snapshot, and its address, where there are snapshots", () => {
    expect(lost("jenkins-multiaz with snapshots")).toEqual([
      "machine+zone: /var/lib/jenkins: what was written since the last snapshot, up to 6 h (each begins within an hour of its time) [aws_autoscaling_group jenkins_group]",
      newAddress,
    ]);
  });

  it("is its address where only the home is on EFS", () => {
    expect(lost("jenkins-multiaz-efs")).toEqual([newAddress]);
  });

  it("is nothing where the address is claimed as well", () => {
    expect(lost("jenkins-multiaz-efs-eip")).toEqual([]);
  });

  it("is all judged: no resource is of an unknown type, in production neither", () => {
    for (const report of Object.values(FOUR)) expect(report.notJudged).toEqual([]);
    const prod: Partial<EnvironmentSettings> = {
      egress: "nat-gateway",
      protectData: true,
      flowLogs: true,
      alarms: { emails: [] },
    };
    for (const name of ["jenkins-recovery", "jenkins-multiaz-efs-eip"]) {
      expect(reportOf(name, prod).notJudged).toEqual([]);
    }
  });
});
