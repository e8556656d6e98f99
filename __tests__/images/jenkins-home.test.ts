import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { eventually } from "../support/eventually";
import { imagesFolder } from "./support/stand-ins";

/** Says how it was started, works until it is told to stop, and stops in order. */
const JAVA = `#!${process.execPath}
console.log("started", process.pid, process.argv.slice(2).join(" "));
process.on("SIGTERM", () => { console.log("stopped in order"); process.exit(143); });
setInterval(() => undefined, 60_000);
`;

interface Jenkins {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  /** What it has printed so far */
  readonly printed: () => string;
  /** Resolves to the exit code, or the signal that killed it, when nothing that it has left behind runs any more */
  readonly ended: Promise<number | string | null>;
}

let folder: string;
let running: Jenkins[];
const path = (...parts: string[]): string => join(folder, ...parts);
const place = (file: string, text: string): void => {
  writeFileSync(path(file), text);
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "steadfast-jenkins-"));
  running = [];
  for (const name of ["bin", "image/plugins", "home", "credentials"]) mkdirSync(path(name), { recursive: true });
  copyFileSync(join(imagesFolder, "jenkins/run-jenkins.sh"), path("image/run-jenkins.sh"));
  place("image/plugins/git.jpi", "the image's git");
  place("credentials/admin-password", "a password");
  place("bin/java", JAVA);
  chmodSync(path("bin/java"), 0o755);
});

afterEach(async () => {
  for (const { child } of running) child.kill("SIGKILL");
  await Promise.all(running.map(({ ended }) => ended));
  rmSync(folder, { recursive: true });
});

/** Starts Jenkins as its unit does on a machine. All machines have the same home. */
function start(machine: string, wait = 60): Jenkins {
  for (const name of ["cache", "runtime"]) mkdirSync(path(machine, name), { recursive: true });
  const child = spawn("bash", [path("image/run-jenkins.sh")], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: `${path("bin")}:${process.env.PATH ?? ""}`,
      JENKINS_HOME: path("home"),
      PORT: "8080",
      CACHE_DIRECTORY: path(machine, "cache"),
      RUNTIME_DIRECTORY: path(machine, "runtime"),
      CREDENTIALS_DIRECTORY: path("credentials"),
      INVOCATION_ID: machine,
      WAIT: String(wait),
      LOOK_EVERY: "0.1",
    },
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const jenkins: Jenkins = {
    child,
    printed: () => text,
    ended: once(child, "close").then(([code, signal]: (number | string | null)[]) => code ?? signal ?? null),
  };
  running.push(jenkins);
  return jenkins;
}

/** Whether its Java has spoken. */
const isUp = ({ printed }: Jenkins): boolean => /^started \d+ /m.test(printed());

/** Starts it and waits until it runs. */
async function started(machine: string): Promise<Jenkins> {
  const jenkins = start(machine);
  await eventually(`Jenkins runs on ${machine}`, () => isUp(jenkins));
  return jenkins;
}

describe("two Jenkins on one home", () => {
  it("are one: the second gives up after a while, says whose the home is, and has changed nothing", async () => {
    const first = await started("first");
    place("home/plugins/git.jpi", "in use");
    const second = start("second", 0);
    expect(await second.ended).toBe(1);
    expect(second.printed()).toMatch(/home is in use by .+ \(start first\), still after 0 s: no second Jenkins/);
    expect(isUp(second)).toBe(false);
    expect(readFileSync(path("home/plugins/git.jpi"), "utf8")).toBe("in use");
    expect(first.child.exitCode).toBeNull();
  });

  it("follow each other: the second waits for the first, which stops in order and leaves the home free", async () => {
    const first = await started("first");
    const second = start("second");
    first.child.kill("SIGTERM");
    expect(await first.ended).toBe(143);
    expect(first.printed()).toContain("stopped in order");
    await eventually("the second runs", () => isUp(second));
  });

  it("follow each other when the first is killed: nothing that it leaves behind holds the home", async () => {
    const first = await started("first");
    first.child.kill("SIGKILL");
    expect(await first.ended).toBe("SIGKILL");
    await started("second");
    expect(readFileSync(path("home/steadfast.owner"), "utf8")).toMatch(/ \(start second\)\n$/);
  });

  it("are one again when a machine that had lost its lock comes back: its Jenkins is killed at once, and not in order", async () => {
    const first = await started("first");
    place("home/steadfast.owner", "another machine (start second)\n");
    expect(await first.ended).toBe("SIGKILL");
    expect(first.printed()).toMatch(/home now belongs to another machine \(start second\): killing the Jenkins of/);
    expect(first.printed()).not.toContain("stopped in order");
  });

  it("are not risked when nobody can say whose the home is", async () => {
    const first = await started("first");
    rmSync(path("home/steadfast.owner"));
    expect(await first.ended).toBe("SIGKILL");
    expect(first.printed()).toContain("home now belongs to nobody");
  });
});

describe("starting Jenkins", () => {
  it("takes the place of the script, so that systemd's signals and Jenkins' words for systemd need nobody between", async () => {
    const { child, printed } = await started("machine");
    expect(printed()).toContain(`started ${child.pid}`);
  });

  it("puts exactly the image's plugins into the home, whatever was there", async () => {
    mkdirSync(path("home/plugins/old"), { recursive: true });
    place("home/plugins/git.jpi", "an earlier git");
    place("home/plugins/mine.jpi", "installed by hand");
    await started("machine");
    expect(readdirSync(path("home/plugins"))).toEqual(["git.jpi"]);
    expect(readFileSync(path("home/plugins/git.jpi"), "utf8")).toBe("the image's git");
  });

  it("keeps what can be made anew on the machine's own disk, not in the home", async () => {
    const { printed } = await started("machine");
    const cache = path("machine/cache");
    for (const argument of [
      `--webroot=${cache}/war`,
      `--pluginroot=${cache}/plugins`,
      `-Djava.io.tmpdir=${cache}/tmp`,
    ]) {
      expect(printed()).toContain(argument);
    }
    expect(existsSync(join(cache, "tmp"))).toBe(true);
  });

  it("listens where the environment file says, takes half of its memory for the heap, and skips the wizard", async () => {
    const { printed } = await started("machine");
    for (const argument of ["--httpPort=8080", "-XX:MaxRAMPercentage=50", "-Djenkins.install.runSetupWizard=false"]) {
      expect(printed()).toContain(argument);
    }
  });

  it("has no password among its arguments", async () => {
    place("credentials/admin-password", "correct-horse");
    expect((await started("machine")).printed()).not.toContain("correct-horse");
  });

  it("gives up at once without a password, says which file is missing, and leaves the home alone", async () => {
    place("credentials/admin-password", "");
    const jenkins = start("machine");
    expect(await jenkins.ended).toBe(1);
    expect(jenkins.printed()).toBe(
      "the admin has no password: /etc/steadfast/secrets/admin-password is missing or empty\n",
    );
    expect(readdirSync(path("home"))).toEqual([]);
  });
});

describe("the password, for Configuration as Code to read back byte for byte", () => {
  // What its substitution does to a file's text: docs/decisions/097-password-of-jenkins.md
  it.each([
    ["without a brace that closes, stays as it is", "a$b^c${d^${e", "a$b^c${d^${e"],
    ["with something like a variable, has it escaped", "a${b}c", "a^${b}c"],
    ["with something like an escaped variable, has that escaped once more", "a^${b}c", "a^^${b}c"],
    ["has nothing escaped behind the last brace that closes", "${a}${b", "^${a}${b"],
    ["with nothing but braces that close, stays as it is", "}{}$}", "}{}$}"],
    ["with & and backslash, keeps them", "&\\${&}\\", "&\\^${&}\\"],
    [
      "of all characters, stays as it is, because no variable is among them",
      String.fromCharCode(...Array.from({ length: 0x7f - 0x21 }, (_, i) => 0x21 + i)),
      String.fromCharCode(...Array.from({ length: 0x7f - 0x21 }, (_, i) => 0x21 + i)),
    ],
  ])("%s", async (_, password, written) => {
    place("credentials/admin-password", password);
    await started("machine");
    expect(readFileSync(path("machine/runtime/admin-password"), "utf8")).toBe(written);
  });
});
