import type { EnvironmentSettings } from "./environment";
import { PLACEHOLDER_REPOSITORY } from "./repository";

/** Instances without public addresses, data that survives `cdktf destroy`, logs of connections and requests. */
export const prod: EnvironmentSettings = {
  name: "prod",
  region: "eu-west-1",
  egress: "nat-gateway",
  protectData: true,
  // A topic of its own; add the addresses of the people on call, or subscribe the chat.
  alarms: { emails: [] },
  // Yours goes here before `cdktf deploy bootstrap`, with `oidcProvider: "existing"` when dev is in the same account.
  github: { repository: PLACEHOLDER_REPOSITORY },
  logRetentionDays: 90,
  flowLogs: true,
  accessLogs: true,
  // For a day on which many come; once it has passed, the stack says so and goes on without it.
  scaleOutAt: "2027-03-01T06:00:00Z",
};
