import { readFile } from "node:fs/promises";
import { UsageError } from "../../local/options";
import { messageOf } from "../../release/errors";

/**
 * The URL that is tested.
 * @param given the URL itself, or the file that `npm run release -- deploy --json` has printed
 * @throws UsageError
 */
export async function addressOf(given: { readonly url?: string; readonly deployment?: string }): Promise<URL> {
  const { url, deployment } = given;
  if (url !== undefined && deployment !== undefined) {
    throw new UsageError("--url and --deployment both say what is tested: one of them is enough");
  }
  if (url !== undefined) return checked("--url", url);
  if (deployment !== undefined) return checked(`--deployment ${deployment}: its url`, await urlIn(deployment));
  throw new UsageError(
    "--url is missing: the page that is tested, such as the stack's output `url` (npx cdktf output wordpress); or --deployment",
  );
}

async function urlIn(file: string): Promise<string> {
  let deployment: unknown;
  try {
    deployment = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    throw new UsageError(`--deployment ${file}: ${messageOf(error)}`, { cause: error });
  }
  if (typeof deployment === "object" && deployment !== null && "url" in deployment) {
    if (typeof deployment.url === "string") return deployment.url;
  }
  throw new UsageError(`--deployment ${file} does not say the stack's url: is it what \`deploy --json\` has printed?`);
}

function checked(name: string, text: string): URL {
  const example = "it must be an http:// or https:// URL, such as http://localhost:8080/";
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw new UsageError(`${name} is "${text}": ${example}`);
  if (url.username !== "" || url.password !== "") {
    throw new UsageError(`${name} must hold no user name and no password: reports and charts show it`);
  }
  url.hash = "";
  return url;
}
