import { spawnSync } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const INSTANCE = "i-0123456789abcdef0";
export const VOLUME = "vol-0123456789abcdef0";
export const DEVICE = "/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0123456789abcdef0";
export const UUID = "6f5a2e1c-0d3b-4a59-8a77-3f1f6f9b2a10";
export const HOME = { path: "/var/lib/thing", user: { uid: 1500, gid: 1500 } };

/** What a machine meets; each by itself makes the boot fail or go another way. */
export interface Circumstances {
  /** Status that blkid ends with: 2 for a volume with nothing on it. Default: 0, there is a file system. */
  readonly blkid?: number;
  /** What EC2 answers when it is asked for snapshots: start, id and GiB on a line each. Default: none. */
  readonly snapshots?: readonly string[];
  /** The newest snapshot is gone by the time that it is used. */
  readonly vanishes?: true;
  /** Commands that fail, such as `mount` or `attach-volume`. */
  readonly failing?: readonly string[];
  /** State that the volume stays in once it is made. */
  readonly stuck?: string;
  /** The disk of an attached volume never shows. */
  readonly noDevice?: true;
}

export interface Boot {
  readonly status: number | null;
  /** The calls of the stand-ins, in order. */
  readonly calls: readonly string[];
  readonly stderr: string;
  readonly fstab: string;
}

/** Boots machines with stand-ins for AWS, its metadata service, and what touches disks. They never wait. */
export class BootBench {
  private constructor(private readonly folder: string) {}

  static async create(): Promise<BootBench> {
    return new BootBench(await mkdtemp(join(tmpdir(), "volumes-")));
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true });
  }

  async boot(script: string, circumstances: Circumstances = {}): Promise<Boot> {
    const { snapshots = [], failing = [], noDevice } = circumstances;
    const path = (name: string) => join(this.folder, name);
    for (const [name, body] of Object.entries(standIns(circumstances))) {
      const fails = failing.includes(name) ? "exit 1" : "";
      await writeFile(path(name), `#!/bin/bash\necho "${name} $*" >> "$BENCH/log"\n${fails}\n${body}\n`);
      await chmod(path(name), 0o755);
    }
    // Sourced first: no block device is there to be found, and when something is never to succeed, time is up at once.
    const isLate = failing.length > 0 || noDevice === true || circumstances.stuck !== undefined;
    await writeFile(
      path("env"),
      `test() { echo "test $*" >> "$BENCH/log"; ${noDevice ? "false" : "true"}; }\n${isLate ? "SECONDS=10000\n" : ""}`,
    );
    await writeFile(path("log"), "");
    await writeFile(path("fstab"), "");
    await writeFile(path("snapshots"), snapshots.map((line) => `${line}\n`).join(""));
    await writeFile(path("state"), "none\n");
    await writeFile(path("boot.sh"), script.replaceAll("/etc/fstab", path("fstab")));
    const { status, stderr } = spawnSync("bash", [path("boot.sh")], {
      env: { PATH: `${this.folder}:${process.env.PATH ?? ""}`, BENCH: this.folder, BASH_ENV: path("env") },
      encoding: "utf8",
    });
    const calls = (await readFile(path("log"), "utf8")).trim().split("\n");
    return { status, calls, stderr, fstab: await readFile(path("fstab"), "utf8") };
  }
}

function standIns({ blkid = 0, failing = [], vanishes, stuck }: Circumstances): Record<string, string> {
  return {
    curl: `case "$*" in
      *api/token*) echo token ;;
      *meta-data/instance-id*) echo ${INSTANCE} ;;
      *meta-data/placement/availability-zone*) echo eu-west-1b ;;
    esac`,
    aws: `
      state=$BENCH/state
      case " ${failing.join(" ")} " in *" $2 "*) exit 254 ;; esac
      case "$2" in
        describe-snapshots) cat "$BENCH/snapshots" ;;
        describe-volumes) cat "$state" ;;
        create-volume)
          if [[ -n "${vanishes ? "yes" : ""}" && ! -e $BENCH/vanished ]]; then
            touch "$BENCH/vanished"
            sort "$BENCH/snapshots" | sed '$d' > "$BENCH/rest" && mv "$BENCH/rest" "$BENCH/snapshots"
            echo "InvalidSnapshot.NotFound" >&2
            exit 254
          fi
          echo ${stuck ?? "available"} > "$state"; echo ${VOLUME} ;;
        attach-volume) echo in-use > "$state" ;;
        detach-volume) echo available > "$state" ;;
      esac`,
    blkid: `case "$*" in *UUID*) echo ${UUID} ;; *) exit ${blkid} ;; esac`,
    install: `if [[ "$*" == *stdin* ]]; then cat > /dev/null; fi`,
    "mkfs.xfs": "",
    mkdir: "",
    mount: "",
    xfs_growfs: "",
    systemctl: "",
    sleep: "",
  };
}
