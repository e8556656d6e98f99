import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { UsageError } from "../../../../tools/local/options";
import { addressOf } from "../../../../tools/loadtest/http/address";

const folder = mkdtempSync(join(tmpdir(), "steadfast-deployment-"));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A file as `deploy --json` prints it. */
function deployment(text: string): string {
  const file = join(folder, "deployment.json");
  writeFileSync(file, text);
  return file;
}

describe("the URL that is tested", () => {
  it.each([
    ["http://localhost:8080", "http://localhost:8080/"],
    ["https://www.example.com/shop?page=2#top", "https://www.example.com/shop?page=2"],
  ])("may be any of HTTP: %s", async (url, href) => {
    expect((await addressOf({ url })).href).toBe(href);
  });

  it("may come from what a deployment has printed", async () => {
    const file = deployment('{"stack":"wordpress","url":"http://web-123.eu-west-1.elb.amazonaws.com"}');
    expect((await addressOf({ deployment: file })).href).toBe("http://web-123.eu-west-1.elb.amazonaws.com/");
  });

  it.each<[string, { url?: string; deployment?: string }, string]>([
    ["nothing says it", {}, "--url is missing"],
    ["two things say it", { url: "http://a.test", deployment: "x.json" }, "one of them is enough"],
    ["it is no URL", { url: "localhost" }, '--url is "localhost": it must be an http:// or https:// URL'],
    ["it is empty", { url: "" }, '--url is ""'],
    ["it is of another protocol", { url: "ftp://a.test/" }, '--url is "ftp://a.test/": it must be'],
    ["it holds a password", { url: "http://me:secret@a.test/" }, "--url must hold no user name and no password"],
    ["its file is not there", { deployment: join(folder, "none.json") }, "ENOENT"],
  ])("when %s, is refused in a line that says what is possible", async (_, given, words) => {
    const refusal = addressOf(given);
    await expect(refusal).rejects.toThrow(UsageError);
    await expect(refusal).rejects.toThrow(words);
  });

  it("never has a password in its refusal", async () => {
    await expect(addressOf({ url: "http://me:secret@a.test/" })).rejects.not.toThrow("secret");
  });

  it.each([
    ["no JSON", "url: http://a.test"],
    ["no URL in it", '{"stack":"url2png"}'],
    ["a URL of another kind", '{"url":"ftp://a.test"}'],
    ["nothing but null", "null"],
  ])("is refused when the file of the deployment has %s", async (_, text) => {
    await expect(addressOf({ deployment: deployment(text) })).rejects.toThrow(UsageError);
  });
});
