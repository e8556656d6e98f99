import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { Client } from "../../../../tools/loadtest/http/client";

describe("a request over TLS", () => {
  it("to a server whose certificate nobody vouches for, sends nothing and is an error of TLS", async () => {
    const folder = mkdtempSync(join(tmpdir(), "steadfast-certificate-"));
    try {
      const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
      const made = spawnSync(
        "openssl",
        // prettier-ignore
        ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost", "-keyout", key, "-out", cert],
      );
      if (made.status !== 0) {
        console.warn("SKIPPED, no certificate could be made: install openssl to run this test.");
        return;
      }
      let served = 0;
      const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) => {
        served++;
        response.end();
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      const client = new Client(url, { concurrency: 1, timeout: 20_000, keepAlive: true });
      const outcome = await client.get();
      client.close();
      await new Promise((resolve) => server.close(resolve));
      expect(outcome).toMatchObject({ kind: "error", error: "TLS" });
      expect(served).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
