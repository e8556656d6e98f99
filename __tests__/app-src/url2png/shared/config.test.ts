import { describe, expect, it } from "@jest/globals";
import { loadWorkerConfig } from "../../../../app-src/url2png/shared/config";

const environment = {
  PORT: "8080",
  QUEUE_URL: "https://sqs.eu-central-1.amazonaws.com/123456789012/work",
  BUCKET: "pictures",
  AWS_REGION: "eu-central-1",
};

describe("the configuration of url2png's worker", () => {
  it("when the four variables are set, is complete", () => {
    expect(loadWorkerConfig(environment)).toMatchObject({
      ...environment,
      PORT: 8080,
      LOG_LEVEL: "info",
      VISIBILITY_TIMEOUT_SECONDS: 120,
      ALLOWED_NETWORKS: [],
      CHROMIUM_SANDBOX: "auto",
    });
    expect(loadWorkerConfig(environment).CONCURRENCY).toBeGreaterThanOrEqual(1);
    expect(loadWorkerConfig(environment).CHROMIUM_PATH).toBeUndefined();
  });

  it.each(Object.keys(environment))("when %s is missing, names it", (name) => {
    expect(() => loadWorkerConfig({ ...environment, [name]: undefined })).toThrow(new RegExp(`\\b${name}=`));
  });

  it("when several are wrong, names each with the value found", () => {
    const wrong = { ...environment, CONCURRENCY: "0", CHROMIUM_SANDBOX: "off", ALLOWED_NETWORKS: "10.0.0.1/8" };
    expect(() => loadWorkerConfig(wrong)).toThrow(/CONCURRENCY="0".*ALLOWED_NETWORKS="10.*CHROMIUM_SANDBOX="off"/s);
  });

  it.each([
    ["", []],
    ["10.1.0.0/16", ["10.1.0.0/16"]],
    [" 10.1.0.0/16, fd12:3456::/32 ,", ["10.1.0.0/16", "fd12:3456::/32"]],
  ])("reads the allowed networks of %j", (ALLOWED_NETWORKS, expected) => {
    expect(loadWorkerConfig({ ...environment, ALLOWED_NETWORKS }).ALLOWED_NETWORKS).toEqual(expected);
  });

  it.each(["10.1.0.0", "10.1.0.0/33", "10.1.2.3/16", "intranet", "10.0.0.0/8 10.1.0.0/16"])(
    "when an allowed network is %s, names it and says what is allowed",
    (ALLOWED_NETWORKS) => {
      const load = () => loadWorkerConfig({ ...environment, ALLOWED_NETWORKS });
      expect(load).toThrow(`ALLOWED_NETWORKS=${JSON.stringify(ALLOWED_NETWORKS)}`);
      expect(load).toThrow(/"10\.1\.0\.0\/16"/);
    },
  );
});
