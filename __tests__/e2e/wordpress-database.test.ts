import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { Authority, type Certificate } from "./support/wordpress/certificates";
import type { Machine } from "./support/wordpress/machine";
import { Pretender } from "./support/wordpress/pretender";
import { describeWithWordpress } from "./support/wordpress/programs";
import { Rig } from "./support/wordpress/rig";
import type { Site } from "./support/wordpress/site";

// A busy machine takes its time.
jest.setTimeout(120_000);

/** Seconds after which a failure is not forgiven any more: FORGIVEN of images/wordpress/health.php. */
const FORGIVEN = 180;

describeWithWordpress("WordPress and its database", () => {
  const rig = new Rig();
  let site: Site;
  let machine: Machine;
  const ask = (path: string, { port } = machine) => site.visitor().ask(port, path);
  const health = async (of = machine): Promise<unknown> => {
    const { status, text } = await ask("/health", of);
    return { http: status, ...(JSON.parse(text) as object) };
  };
  const HEALTHY = { http: 200, status: "healthy", database: "works", files: "works", cache: "works" };
  const DEGRADED = { ...HEALTHY, status: "degraded", database: "fails" };
  const FAILING = { ...DEGRADED, http: 503, status: "failing" };

  beforeAll(async () => {
    await rig.start();
    site = await rig.site("site");
    machine = await site.server();
  });
  afterAll(() => rig.stop());

  beforeEach(async () => {
    machine.database.lead(rig.database.port);
    expect(await health()).toEqual(HEALTHY);
  });

  describe("when it has gone", () => {
    it("visitors are told to come back in a moment, and everything is as before when it is back", async () => {
      machine.database.cut();
      const { status, headers, text } = await ask("/");
      expect([status, headers["retry-after"], headers["cache-control"]]).toEqual([503, "10", "no-store"]);
      expect(text).toContain("This site cannot reach its database just now.");
      expect(machine.has("database-refused")).toBe(false);

      machine.database.open();
      expect((await ask("/")).status).toBe(200);
    });

    it.each(["cut", "silence"] as const)(
      "the machine is kept for as long as a fail-over may take, and then given up (%s)",
      async (end) => {
        machine.database[end]();
        expect(await health()).toEqual(DEGRADED);
        machine.age("healthy", FORGIVEN - 60);
        expect(await health()).toEqual(DEGRADED);
        machine.age("healthy", FORGIVEN + 1);
        expect(await health()).toEqual(FAILING);

        machine.database.open();
        expect(await health()).toEqual(HEALTHY);
      },
    );

    it("a machine that never worked is not forgiven anything", async () => {
      const newcomer = await site.server();
      newcomer.database.cut();
      newcomer.forget("healthy");
      expect(await health(newcomer)).toEqual(FAILING);
    });
  });

  describe("when its password has changed", () => {
    it.each([
      ["a visitor's page", "/"],
      ["the health page", "/health"],
    ])("%s asks for the new one, and with it serves without a restart", async (_, path) => {
      machine.forget("database-refused");
      await rig.database.rotate(`another-password-for${path}`);
      const refused = await ask(path);
      expect(refused.text).toMatch(/cannot reach its database|"degraded"/);
      expect(machine.has("database-refused")).toBe(true);

      machine.learnPassword(rig.database.password);
      expect((await ask("/")).status).toBe(200);
      expect(await health()).toEqual(HEALTHY);
    });
  });

  describe("when somebody else stands in its place", () => {
    let elsewhere: Certificate;
    let others: Certificate;

    beforeAll(async () => {
      elsewhere = await rig.authority.issue("elsewhere", "DNS:elsewhere.example,IP:127.0.0.2");
      others = await (await Authority.create(`${rig.folder}/others`)).issue("servers", "IP:127.0.0.1");
    });

    it.each<[string, () => Certificate | undefined]>([
      ["who cannot do TLS", () => undefined],
      ["with another server's certificate", () => elsewhere],
      ["with a certificate of somebody else's", () => others],
    ])("%s, nothing is said to them", async (_, certificate) => {
      const pretender = await Pretender.start(certificate());
      machine.database.lead(pretender.port);
      expect((await ask("/")).status).toBe(503);
      machine.forget("healthy");
      expect(await health()).toEqual(FAILING);
      pretender.close();
      expect(pretender.visits).toBeGreaterThan(1);
      expect(pretender.heard.toString("latin1")).toBe("");
    });

    it("with its own certificate and key, they are believed", async () => {
      const pretender = await Pretender.start(rig.certificate);
      machine.database.lead(pretender.port);
      await ask("/");
      pretender.close();
      expect(pretender.heard.toString("latin1")).toContain(rig.database.user);
    });
  });

  it("takes nothing that is not encrypted, whoever asks", async () => {
    expect(await rig.database.sql("SHOW GLOBAL VARIABLES LIKE 'require_secure_transport'")).toEqual([
      "require_secure_transport\tON",
    ]);
  });
});
