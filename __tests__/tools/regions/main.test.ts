import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { MINISTACK_IS_MISSING, Ministack, hasMinistack } from "../../e2e/support/ministack";

// Every command is a process that loads a part of the AWS SDK: a busy machine takes its time.
jest.setTimeout(180_000);

const root = fileURLToPath(new URL("../../..", import.meta.url));
const KEYS = { AWS_ACCESS_KEY_ID: "x", AWS_SECRET_ACCESS_KEY: "x" };

/** `npm run regions -- …`, as a process of its own. */
async function regions(args: readonly string[], environment: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, ["--import", "tsx", "tools/regions/main.ts", ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH, HOME: "/nonexistent", AWS_EC2_METADATA_DISABLED: "true", ...environment },
  });
  const output = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => (output[stream] += text));
  }
  const [status] = (await once(child, "close")) as [number];
  return { status, ...output };
}

/** What EC2 answers in XML, by the action and the region that the request was signed for. */
function answer(action: string, region: string): { status: number; xml: string } {
  if (action === "DescribeRegions") {
    const known = [
      ["eu-west-1", "opt-in-not-required"],
      ["eu-south-1", "opted-in"],
      ["af-south-1", "not-opted-in"],
    ];
    const items = known.map(([name, optIn]) => item({ regionName: name, optInStatus: optIn })).join("");
    return { status: 200, xml: `<R><regionInfo>${items}</regionInfo></R>` };
  }
  if (region !== "eu-west-1") {
    const error = "<Error><Code>AuthFailure</Code><Message>not here</Message></Error>";
    return { status: 401, xml: `<Response><Errors>${error}</Errors></Response>` };
  }
  const zone = item({
    zoneName: "eu-west-1a",
    zoneId: "euw1-az3",
    zoneType: "availability-zone",
    zoneState: "available",
  });
  return { status: 200, xml: `<R><availabilityZoneInfo>${zone}</availabilityZoneInfo></R>` };
}

function item(fields: Readonly<Record<string, string | undefined>>): string {
  const tags = Object.entries(fields).map(([name, value]) => `<${name}>${value ?? ""}</${name}>`);
  return `<item>${tags.join("")}</item>`;
}

describe("npm run regions", () => {
  let server: Server;
  let environment: Record<string, string>;

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (text: string) => (body += text));
      request.on("end", () => {
        const region = /Credential=[^/]*\/[^/]*\/([^/]*)\//.exec(request.headers.authorization ?? "")?.[1] ?? "";
        const { status, xml } = answer(new URLSearchParams(body).get("Action") ?? "", region);
        response.writeHead(status, { "Content-Type": "text/xml" }).end(xml);
      });
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    environment = { ...KEYS, AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` };
  });

  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });

  it("lists what answers, names the region that does not, and ends with 1", async () => {
    const { status, stdout, stderr } = await regions([], environment);
    expect(stdout.split("\n")).toEqual([
      "region      opt-in               zone        zone id   type          state",
      "af-south-1  not-opted-in         -           -         -             -",
      "eu-south-1  opted-in             ?           ?         ?             error: AWS does not know these credentials (not here)",
      "eu-west-1   opt-in-not-required  eu-west-1a  euw1-az3  availability  available",
      "",
    ]);
    expect([status, stderr]).toEqual([1, ""]);
  });

  it("answers in JSON for chosen regions, and ends with 0 when all of them do", async () => {
    const { status, stdout } = await regions(["--region", "eu-west-1", "af-south-1", "--json"], environment);
    expect(JSON.parse(stdout)).toEqual({
      regions: [
        { name: "af-south-1", optIn: "not-opted-in" },
        {
          name: "eu-west-1",
          optIn: "opt-in-not-required",
          zones: [{ name: "eu-west-1a", id: "euw1-az3", type: "availability-zone", state: "available", optIn: "" }],
        },
      ],
    });
    expect(status).toBe(0);
  });

  it("is not possible without credentials: exit code 2, and one line that says what to do", async () => {
    const { status, stdout, stderr } = await regions([], {});
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^error: there are no AWS credentials: log in .*\n$/);
  });

  if (!hasMinistack) {
    it.skip(`lists the regions of an emulated account (skipped: ${MINISTACK_IS_MISSING})`, () => undefined);
    return;
  }

  it("lists the regions of an emulated account, each with zones of its own", async () => {
    const ministack = await Ministack.start();
    try {
      const { status, stdout } = await regions(["--json"], {
        ...KEYS,
        AWS_ENDPOINT_URL: `http://127.0.0.1:${ministack.port}`,
      });
      const listed = (JSON.parse(stdout) as { regions: { name: string; zones: { name: string; id: string }[] }[] })
        .regions;
      expect(listed.length).toBeGreaterThan(10);
      for (const { name, zones } of listed) expect(zones.map((zone) => zone.name)).toContain(`${name}a`);
      expect(new Set(listed.flatMap(({ zones }) => zones.map(({ id }) => id))).size).toBe(
        listed.reduce((sum, { zones }) => sum + zones.length, 0),
      );
      expect(status).toBe(0);
    } finally {
      await ministack.stop();
    }
  });
});
