import { describe, expect, it } from "@jest/globals";
import { LOSSES } from "../../../tools/resilience/model";
import type { ResilienceReport } from "../../../tools/resilience/report";
import { lossCells, recoveryCells } from "../../../tools/resilience/words";
import { reportOf } from "./support/reports";

const summary = (report: ResilienceReport): string[] =>
  LOSSES.map((loss) => lossCells(loss, report.losses[loss]).join(", "));
const recovery = (report: ResilienceReport): string[] =>
  recoveryCells(report).map((cells) => cells.slice(1).join(" | "));

describe("imagery", () => {
  const report = reportOf("imagery");

  it("survives every loss without losing anything, and is away while its only server or worker is replaced", () => {
    expect(summary(report)).toEqual([
      "process, yes, about 1 min, none lost",
      "machine, yes, about 7 min, none lost",
      "zone, yes, about 7 min, none lost",
    ]);
    expect(recovery(report)).toEqual([
      "server | group, keeps nothing | about 6 min | none lost | process, machine, zone | load balancer",
      "worker | group, keeps nothing | about 7 min | none lost | process, machine, zone | none",
    ]);
    expect([report.notSurvived, report.notJudged]).toEqual([[], []]);
  });

  it("notices a lost server by the load balancer's two checks of 5 s", () => {
    const [server] = report.findings;
    expect(server?.outcomes.machine.recoveryTime[0]).toEqual({
      seconds: 10,
      what: "until the load balancer's checks have failed",
      basis: "stack",
    });
  });

  it("keeps a lost worker's messages in the queue", () => {
    const [server, worker] = report.findings.map(({ outcomes }) => outcomes.machine.how);
    expect(worker).toBe("the group launches another machine (messages wait in the queue)");
    expect(server).toBe("the group launches another machine");
  });

  it("leaves a lost zone through the other zones' NAT gateways in production", () => {
    const prod = reportOf("imagery", { egress: "nat-gateway", flowLogs: true, accessLogs: true });
    const gateways = prod.findings.filter(({ address }) => address.startsWith("aws_nat_gateway."));
    expect(gateways.map(({ what }) => what)).toEqual(
      Array(2).fill("NAT gateway of one zone, for subnets of that zone only"),
    );
    expect(prod.losses.zone.survives).toBe(true);
    expect(prod.notJudged).toEqual([]);
  });
});

describe("url2png", () => {
  it("survives every loss: its work waits in the queue, its pictures are in the bucket", () => {
    const report = reportOf("url2png");
    expect(recovery(report)).toEqual([
      "worker | group, keeps nothing | about 7 min | none lost | process, machine, zone | none",
    ]);
    expect([report.notSurvived, report.notJudged]).toEqual([[], []]);
  });
});

describe("wordpress", () => {
  const report = reportOf("wordpress");

  it("survives every loss, and is away for no longer than its database fails over", () => {
    expect(summary(report)).toEqual([
      "process, yes, about 2 min, the last moments",
      "machine, yes, about 2 min, the last moments",
      "zone, yes, about 2 min, the last moments",
    ]);
    expect(recovery(report)).toEqual([
      "server | group, EFS | none | none lost | process, machine, zone | load balancer",
    ]);
    expect(report.notJudged).toEqual([]);
  });

  it("loses nothing but what the cache was told last", () => {
    expect(report.notSurvived.map(({ address }) => address.split(".")[0])).toEqual([
      "aws_elasticache_replication_group",
    ]);
  });
});

describe("web-servers", () => {
  const report = reportOf("web-servers");

  it("is never away: a load balancer, two machines, two zones", () => {
    expect(LOSSES.map((loss) => report.losses[loss].recoverySeconds)).toEqual([0, 0, 0]);
    expect(report.losses.zone.survives).toBe(true);
    const group = report.findings.find(({ recovery: by }) => by !== undefined);
    expect([group?.what, group?.outcomes.zone.how]).toEqual([
      "group of 2 machines in 2 zones, checked by ELB",
      "the machines of other zones serve (1 of 2), the group launches more there",
    ]);
  });

  it("says that it does not know what a package's unit keeps on its machine", () => {
    expect(recovery(report)).toEqual([
      "server | group, own disk | none | not judged | process, machine, zone | load balancer",
    ]);
    expect(report.notSurvived.map(({ what }) => what)).toEqual([
      "what the unit httpd keeps on the root volume, if anything: it is of no image here, which would say",
    ]);
  });
});

describe("bootstrap", () => {
  it("has nothing that stands in one zone", () => {
    const report = reportOf("bootstrap", { alarms: { emails: [] } });
    expect(summary(report)).toEqual(LOSSES.map((loss) => `${loss}, yes, none, none lost`));
    expect([report.recovery, report.notSurvived, report.notJudged]).toEqual([[], [], []]);
  });
});
