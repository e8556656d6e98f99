import type { Temporary } from "./temporary";

export interface StandIn {
  /** AMI id in the manifest. Default: one that is made of the content's hash */
  readonly image?: string;
  /** What the build fails with */
  readonly fail?: string;
  /** Goes on until it is interrupted */
  readonly hang?: boolean;
  /** Program that is not installed */
  readonly without?: string;
}

/** Puts programs in place of Packer and its way to the builder. Packer's arguments are lines of JSON in the file `calls`. */
export async function standInPacker(folder: Temporary, standIn: StandIn): Promise<void> {
  if (standIn.without !== "session-manager-plugin") await folder.program("session-manager-plugin", "");
  if (standIn.without === "packer") return;
  await folder.program(
    "packer",
    `const { appendFileSync, writeFileSync } = require("node:fs");
    const standIn = ${JSON.stringify(standIn)};
    const args = process.argv.slice(2);
    appendFileSync(${JSON.stringify(folder.path("calls"))}, JSON.stringify(args) + "\\n");
    const variable = (name) => args.find((arg) => arg.startsWith("-var=" + name + "="))?.split("=").slice(2).join("=");
    process.on("SIGINT", () => {
      console.log("terminated the builder");
      process.exit(1);
    });
    if (args[0] === "build") {
      const name = args[1].slice("-only=".length, -".*".length);
      console.log("building " + name + " of " + variable("content_hash") + " on " + variable("parent_ami") + ".");
      if (standIn.fail) {
        console.error(standIn.fail);
        process.exit(1);
      }
      if (standIn.hang) setInterval(() => undefined, 1000);
      else {
        const image = standIn.image ?? "ami-" + variable("content_hash").slice(0, 17);
        const builds = [{ artifact_id: "eu-west-1:" + image, packer_run_uuid: "this" }];
        writeFileSync(variable("manifest"), JSON.stringify({ builds, last_run_uuid: "this" }));
      }
    }`,
  );
}

/** Looks for programs in this folder first. @returns how to look where it was looked before */
export function withPath(folder: string): () => void {
  const { PATH = "" } = process.env;
  process.env.PATH = `${folder}:${PATH}`;
  return () => {
    process.env.PATH = PATH;
  };
}
