import { cp, readdir, symlink } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type * as baking from "../../../../tools/release/bake/bake";
import { initialize } from "./git";
import { Temporary } from "./temporary";

const root = fileURLToPath(new URL("../../../..", import.meta.url));

/** Everything that goes into an image, and the programs that bake it. */
const PARTS = ["app-src", "environments", "images", "modules", "tools", "package.json", "tsconfig.json"];

type Baking = typeof baking;

/**
 * A clone of the repository that a test may change: committed, and with the same packages. The applications' sources are empty,
 * because each of many bakes bundles them.
 */
export class WorkingCopy {
  private constructor(
    readonly files: Temporary,
    /** `bake.ts` of the copy: it bakes what lies around it */
    readonly baking: Baking,
  ) {}

  static async make(): Promise<WorkingCopy> {
    const files = await Temporary.make();
    await Promise.all(PARTS.map((part) => cp(`${root}/${part}`, files.path(part), { recursive: true })));
    const sources = (await readdir(files.path("app-src"), { recursive: true })).filter((name) => name.endsWith(".ts"));
    await Promise.all(sources.map((name) => files.write(`app-src/${name}`, `console.log(${JSON.stringify(name)});\n`)));
    await symlink(`${root}/node_modules`, files.path("node_modules"));
    await files.write(".gitignore", "node_modules\ndist\n");
    initialize(files.folder);
    return new WorkingCopy(files, (await import(files.path("tools/release/bake/bake.ts"))) as Baking);
  }
}
