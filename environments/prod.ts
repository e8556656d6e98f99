import type { EnvironmentSettings } from "./environment";

/** Instances without public addresses, data that survives `cdktf destroy`, logs of connections and requests. */
export const prod: EnvironmentSettings = {
  name: "prod",
  region: "eu-west-1",
  egress: "nat-gateway",
  protectData: true,
  // A topic of its own; add the addresses of the people on call, or subscribe the chat.
  alarms: { emails: [] },
  logRetentionDays: 90,
  flowLogs: true,
  accessLogs: true,
};
