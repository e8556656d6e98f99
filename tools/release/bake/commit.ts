import { run } from "../process";

const INSTALL = "An image's version names the git commit that it was made of: https://git-scm.com/downloads";

/** The commit of the working tree, with `-dirty` behind it when files are changed or new. */
export async function currentCommit(root: string): Promise<string> {
  const git = async (...args: string[]) => (await run("git", args, { cwd: root, install: INSTALL })).stdout.trim();
  const commit = await git("rev-parse", "HEAD");
  return (await git("status", "--porcelain")) === "" ? commit : `${commit}-dirty`;
}
