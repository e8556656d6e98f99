import { describe, expect, it } from "@jest/globals";
import { loadServerConfig, loadWorkerConfig } from "../../../../app-src/imagery/shared/config";

const environment = {
  PORT: "8080",
  QUEUE_URL: "https://sqs.eu-central-1.amazonaws.com/123456789012/work",
  BUCKET: "images",
  TABLE: "processes",
  AWS_REGION: "eu-central-1",
};
const required = Object.keys(environment);

describe.each([
  { service: "server", load: loadServerConfig },
  { service: "worker", load: loadWorkerConfig },
])("the $service's configuration", ({ load }) => {
  it("when the five variables are set, is complete", () => {
    expect(load(environment)).toMatchObject({ ...environment, PORT: 8080, LOG_LEVEL: "info" });
  });

  it.each(required)("when %s is missing, names it", (name) => {
    expect(() => load({ ...environment, [name]: undefined })).toThrow(new RegExp(`\\b${name}=`));
  });

  it("when several are wrong, names each with the value found", () => {
    const wrong = { ...environment, PORT: "eighty", QUEUE_URL: "work", LOG_LEVEL: "loud" };
    expect(() => load(wrong)).toThrow(/PORT="eighty".*LOG_LEVEL="loud".*QUEUE_URL="work"/s);
  });

  it.each(["0", "65536", "80.5", "-1"])("when PORT is %s, refuses it", (PORT) => {
    expect(() => load({ ...environment, PORT })).toThrow(/PORT=/);
  });
});

describe("optional settings", () => {
  it("when they are absent, have defaults", () => {
    expect(loadServerConfig(environment)).toMatchObject({ SWEEP_INTERVAL_SECONDS: 10, SWEEP_AFTER_SECONDS: 20 });
    expect(loadWorkerConfig(environment)).toMatchObject({ VISIBILITY_TIMEOUT_SECONDS: 120 });
    expect(loadWorkerConfig(environment).THREADS).toBeGreaterThanOrEqual(1);
  });

  it.each(["0", "-3", "soon"])("when SWEEP_INTERVAL_SECONDS is %s, refuses it", (SWEEP_INTERVAL_SECONDS) => {
    expect(() => loadServerConfig({ ...environment, SWEEP_INTERVAL_SECONDS })).toThrow(/SWEEP_INTERVAL_SECONDS=/);
  });

  it.each(["0", "1.5", "many"])("when THREADS is %s, refuses it", (THREADS) => {
    expect(() => loadWorkerConfig({ ...environment, THREADS })).toThrow(/THREADS=/);
  });
});
