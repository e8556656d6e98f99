import { describe, expect, it } from "@jest/globals";
import { parseServiceUnit, parseTimeSpan } from "../../../../tools/local/fleet/systemd-unit";

const parse = (service: string): ReturnType<typeof parseServiceUnit> =>
  parseServiceUnit(
    `[Unit]\nDescription=x\n[Service]\n${service}\n[Install]\nWantedBy=multi-user.target\n`,
    "x.service",
  );

describe("a systemd unit", () => {
  it("says how its process starts and stops", () => {
    const unit = parse(`# a comment
; another
WorkingDirectory=/opt/app
EnvironmentFile=-/etc/app.env
Environment=A=1 "B=two words"
Environment=C=50%%
ExecStart=/usr/bin/node-24 --flag \\
  "/opt/app/main file.js"
Restart=always
KillSignal=SIGINT
TimeoutStopSec=1min 30s`);
    expect(unit).toMatchObject({
      command: ["/usr/bin/node-24", "--flag", "/opt/app/main file.js"],
      workingDirectory: "/opt/app",
      environmentFiles: ["/etc/app.env"],
      environment: { A: "1", B: "two words", C: "50%" },
      killSignal: "SIGINT",
      stopTimeoutMs: 90_000,
      restart: "always",
    });
    expect(unit.sections.get("Install")?.get("WantedBy")).toEqual(["multi-user.target"]);
  });

  it("has systemd's defaults for what it does not say", () => {
    expect(parse("ExecStart=/bin/x")).toMatchObject({ killSignal: "SIGTERM", stopTimeoutMs: 90_000, restart: "no" });
  });

  it("takes back what an empty value follows", () => {
    expect(parse("ExecStart=/bin/x\nExecStart=\nExecStart=/bin/y").command).toEqual(["/bin/y"]);
  });

  it.each([
    ["no command", "Restart=always", /exactly one ExecStart/],
    ["two commands", "ExecStart=/bin/x\nExecStart=/bin/y", /exactly one ExecStart/],
    ["a prefix", "ExecStart=-/bin/x", /prefix/],
    ["a specifier", "ExecStart=/bin/x %i", /specifier/],
    ["a variable", "ExecStart=/bin/x ${PORT}", /variable/],
    ["a line that is neither", "ExecStart", /x\.service:4: expected/],
    ["a time that is none", "ExecStart=/bin/x\nTimeoutStopSec=soon", /time span/],
  ])("is an error with %s", (_what, text, message) => {
    expect(() => parse(text)).toThrow(message);
  });
});

describe("a time span", () => {
  it.each([
    ["30", 30],
    ["30s", 30],
    ["500ms", 0.5],
    ["2min", 120],
    ["1h 1m", 3660],
    ["infinity", Infinity],
  ])("%s is %d seconds", (text, seconds) => {
    expect(parseTimeSpan(text, "x")).toBe(seconds);
  });
});
