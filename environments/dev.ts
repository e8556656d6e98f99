import type { EnvironmentSettings } from "./environment";

/** Cheapest that works: public addresses instead of NAT gateways, nothing outlives `cdktf destroy`. */
export const dev: EnvironmentSettings = {
  name: "dev",
  region: "eu-west-1",
  egress: "public-ip",
  protectData: false,
  alarms: "nobody",
};
