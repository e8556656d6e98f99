import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** A file of the page, as it is sent. */
export interface PageFile {
  readonly type: string;
  readonly body: string;
}

const folder = fileURLToPath(new URL("web", import.meta.url));

/** Makes the page's files, by their paths. They are bundled here and now: the tools of this folder are never built. */
export async function makePage(): Promise<ReadonlyMap<string, PageFile>> {
  const [script, css, html, icon] = await Promise.all([
    bundle("app.ts"),
    bundle("app.css"),
    readFile(`${folder}/index.html`, "utf8"),
    readFile(`${folder}/favicon.svg`, "utf8"),
  ]);
  return new Map([
    ["/", { type: "text/html; charset=utf-8", body: html }],
    ["/app.js", { type: "text/javascript; charset=utf-8", body: script }],
    ["/app.css", { type: "text/css; charset=utf-8", body: css }],
    ["/favicon.svg", { type: "image/svg+xml", body: icon }],
  ]);
}

async function bundle(file: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`${folder}/${file}`],
    bundle: true,
    write: false,
    platform: "browser",
    format: "esm",
    target: "es2022",
    logLevel: "warning",
  });
  return outputFiles.map(({ text }) => text).join("");
}
