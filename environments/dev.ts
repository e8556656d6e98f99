import type { EnvironmentSettings } from "./environment";
import { PLACEHOLDER_REPOSITORY } from "./repository";

/** Cheapest that works: public addresses instead of NAT gateways, nothing outlives `cdktf destroy`. */
export const dev: EnvironmentSettings = {
  name: "dev",
  region: "eu-west-1",
  egress: "public-ip",
  protectData: false,
  alarms: "nobody",
  // Yours goes here before `cdktf deploy bootstrap`: docs/bootstrap.md.
  github: { repository: PLACEHOLDER_REPOSITORY },
  // For a day on which many come; once it has passed, the stack says so and goes on without it.
  scaleOutAt: "2027-03-01T06:00:00Z",
};
