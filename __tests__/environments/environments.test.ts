import { describe, expect, it } from "@jest/globals";
import { loadEnvironment, parseEnvironment, type EnvironmentSettings } from "../../environments";

const valid: EnvironmentSettings = {
  name: "test",
  region: "eu-west-1",
  egress: "none",
  protectData: true,
  alarms: "nobody",
};

describe("environments", () => {
  it("dev is cheap and leaves nothing behind", () => {
    expect(loadEnvironment("dev")).toMatchObject({ name: "dev", egress: "public-ip", zones: 2, protectData: false });
  });

  it("prod hides its instances, protects data and has a topic for its alarms", () => {
    expect(loadEnvironment("prod")).toMatchObject({
      egress: "nat-gateway",
      protectData: true,
      alarms: { emails: [] },
      flowLogs: true,
      accessLogs: true,
    });
  });

  it.each(["staging", "", "constructor"])("an unknown name %j is refused with the names that exist", (name) => {
    expect(() => loadEnvironment(name)).toThrow(`ENVIRONMENT is "${name}"; allowed: dev, prod`);
  });

  it("every wrong setting is named with its value and what is allowed, all at once", () => {
    const parse = () =>
      parseEnvironment({ ...valid, region: "Ireland", zones: 7, egress: "vpn" as "none", logRetentionDays: 10 as 14 });
    expect(parse).toThrow(/environment "test" is not valid/);
    expect(parse).toThrow(/region: an AWS region such as eu-west-1 \(got "Ireland"\)/);
    expect(parse).toThrow(/zones: .*3.* \(got 7\)/);
    expect(parse).toThrow(/egress: .*"public-ip"\|"nat-gateway"\|"none" \(got "vpn"\)/);
    expect(parse).toThrow(/logRetentionDays: .*14.* \(got 10\)/);
  });

  it("a setting that does not exist is refused", () => {
    expect(() => parseEnvironment({ ...valid, zone: 2 } as EnvironmentSettings)).toThrow(/"zone"/);
  });

  it("a missing setting is refused", () => {
    const incomplete: Partial<EnvironmentSettings> = { ...valid };
    delete incomplete.protectData;
    expect(() => parseEnvironment(incomplete as EnvironmentSettings)).toThrow(/protectData/);
  });

  it.each([
    "octo-org/octo-repo",
    "a/b",
    "Octo-Org/.github",
    `${"o".repeat(39)}/repo`,
    "octo-org@123456/octo-repo@456789",
    // Nobody's, as shipped
    "your--organisation/steadfast",
  ])("the repository %j is accepted", (repository) => {
    expect(parseEnvironment({ ...valid, github: { repository } }).github).toEqual({
      repository,
      oidcProvider: "create",
    });
  });

  it.each([
    "octo-repo",
    "octo-org/",
    "/octo-repo",
    "octo-org/octo/repo",
    "octo-org/octo repo",
    "octo-org/*",
    "*/octo-repo",
    "octo-org/octo-repo:ref",
    "-octo/repo",
    "octo-/repo",
    "octo--org/repo",
    "octo_org/repo",
    `${"o".repeat(40)}/repo`,
    `octo/${"r".repeat(101)}`,
    "octo-org/..",
    "octo-org@123456/octo-repo",
    "octo-org/octo-repo@456789",
    "octo-org@me/octo-repo@456789",
    "https://github.com/octo-org/octo-repo",
    "your--organisation/other",
  ])("the repository %j is refused with what is allowed", (repository) => {
    expect(() => parseEnvironment({ ...valid, github: { repository } })).toThrow(
      /github\.repository: a GitHub repository such as octo-org\/octo-repo or octo-org@123456\/octo-repo@456789/,
    );
  });

  it.each(["", "dev:main", "dev/*", "*", "two words"])("the GitHub environment %j is refused", (environment) => {
    expect(() => parseEnvironment({ ...valid, github: { repository: "a/b", environment } })).toThrow(
      /github\.environment: letters, digits, dots, hyphens and underscores/,
    );
  });

  it("an environment of a shared account uses the provider that is there", () => {
    const github = { repository: "a/b", oidcProvider: "existing" } as const;
    expect(parseEnvironment({ ...valid, github }).github).toEqual(github);
    const wrong = { repository: "a/b", oidcProvider: "none" as "existing" };
    expect(() => parseEnvironment({ ...valid, github: wrong })).toThrow(/github\.oidcProvider: .*"create"\|"existing"/);
  });

  it("an existing topic may list its subscribers, so that they are not lost when it is named", () => {
    const alarms = { topicArn: "arn:aws:sns:eu-west-1:000000000000:on-call", emails: ["on-call@example.com"] };
    expect(parseEnvironment({ ...valid, alarms }).alarms).toEqual(alarms);
    expect(() => parseEnvironment({ ...valid, alarms: { ...alarms, emails: ["nobody"] } })).toThrow(/alarms/);
  });

  it("nobody may reach machines directly, and nothing is snapshotted, unless it says so", () => {
    expect(parseEnvironment(valid)).toMatchObject({ operatorNetworks: [], adminPasswordVersion: 1 });
    expect(parseEnvironment(valid).snapshotEveryHours).toBeUndefined();
  });

  it("networks of operators are blocks of somebody's, not the whole internet", () => {
    expect(parseEnvironment({ ...valid, operatorNetworks: ["203.0.113.0/24"] }).operatorNetworks).toHaveLength(1);
    expect(() => parseEnvironment({ ...valid, operatorNetworks: ["0.0.0.0/0"] })).toThrow(
      /operatorNetworks\.0: an IPv4 block of \/8 to \/32 .*got \["0\.0\.0\.0\/0"\]/,
    );
  });

  it("a website has the load balancer's own name, and grows at no time, unless it says so", () => {
    const { websiteDomain, scaleOutAt, adminEmail } = parseEnvironment(valid);
    expect({ websiteDomain, scaleOutAt, adminEmail }).toEqual({ adminEmail: "admin@example.invalid" });
    const settings = {
      websiteDomain: "www.example.com",
      scaleOutAt: "2027-03-01T06:00:00Z",
      adminEmail: "a@example.com",
    };
    expect(parseEnvironment({ ...valid, ...settings })).toMatchObject(settings);
  });

  it.each([
    "https://www.example.com",
    "www.example.com/",
    "localhost",
    "-a.example.com",
    "a..example.com",
    "192.0.2.1",
  ])("a website's name is a host name, not %s", (websiteDomain) => {
    expect(() => parseEnvironment({ ...valid, websiteDomain })).toThrow(/websiteDomain: a host name such as/);
  });

  it.each(["2027-03-01", "2027-03-01T06:00:00", "2027-03-01T06:00:00+01:00", "2027-02-30T06:00:00Z"])(
    "a time to grow is one in UTC, not %s",
    (scaleOutAt) => {
      expect(() => parseEnvironment({ ...valid, scaleOutAt })).toThrow(/scaleOutAt: a time in UTC such as/);
    },
  );

  it("snapshots are made as often as AWS offers", () => {
    expect(() => parseEnvironment({ ...valid, snapshotEveryHours: 5 as 4 })).toThrow(/snapshotEveryHours: .*\(got 5\)/);
  });
});
