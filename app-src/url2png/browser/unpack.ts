import { fileURLToPath } from "node:url";
import { unpackChromium } from "./unpack-chromium";

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error("usage: node unpack-chromium.js <folder>   unpacks the Chromium beside this program into the folder");
  process.exit(2);
}
await unpackChromium(fileURLToPath(new URL("chromium/", import.meta.url)), folder);
