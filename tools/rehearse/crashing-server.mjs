// The server of a build that does not work: it ends as soon as it has started.
import console from "node:console";
import process from "node:process";

console.error("a setting is missing");
process.exit(1);
