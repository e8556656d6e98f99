import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A folder for one test. */
export class Temporary {
  private constructor(readonly folder: string) {}

  static async make(): Promise<Temporary> {
    return new Temporary(await mkdtemp(join(tmpdir(), "steadfast-release-")));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async write(name: string, content: string): Promise<string> {
    const path = this.path(name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    return path;
  }

  /** A program, written in JavaScript (CommonJS), with the name of the one that it stands in for. */
  async program(name: string, script: string): Promise<string> {
    const path = await this.write(name, `#!${process.execPath}\n${script}\n`);
    await chmod(path, 0o755);
    return path;
  }

  /** The lines of a file; none when it is not there. */
  async lines(name: string): Promise<string[]> {
    try {
      return (await readFile(this.path(name), "utf8")).trimEnd().split("\n");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
