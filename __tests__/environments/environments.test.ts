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
});
