import { mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RefusedError } from "../../release/errors";
import { run } from "../../release/process";

const INSTALL = "Git is needed: https://git-scm.com";

/**
 * Gives the checkout of an earlier commit to some work, and removes it afterwards. It has the packages that are installed here:
 * installing those of its own lock file would take longer than all the rest.
 * @param root of this checkout
 * @param base a branch, tag or commit; what is given is where the history of this checkout has left it
 */
export async function withBase<T>(root: string, base: string, work: (folder: string) => Promise<T>): Promise<T> {
  const commit = await mergeBase(root, base);
  // The real path, because it is compared with what the synthesis writes.
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "steadfast-base-")));
  const checkout = join(folder, "checkout");
  const git = (...args: string[]) => run("git", args, { cwd: root, install: INSTALL });
  try {
    await git("worktree", "add", "--quiet", "--detach", checkout, commit);
    symlinkSync(join(root, "node_modules"), join(checkout, "node_modules"), "dir");
    return await work(checkout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await git("worktree", "prune");
  }
}

async function mergeBase(root: string, base: string): Promise<string> {
  const { exitCode, stdout } = await run("git", ["merge-base", "--end-of-options", base, "HEAD"], {
    cwd: root,
    success: [0, 1, 128],
    install: INSTALL,
  });
  if (exitCode === 0) return stdout.trim();
  throw new RefusedError(
    `there is no common history of ${base} and this checkout: fetch it (actions/checkout: fetch-depth: 0), or name another --base`,
  );
}
