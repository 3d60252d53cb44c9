/**
 * Small disks of a test's own: a tmpfs that fills up, and an ext4 that its kernel turns read-only under open files, as it does when
 * a real disk fails. Both need root, and are gone when the process ends.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { tempDir } from "./temp-dir.ts";

export interface SmallDisk {
  readonly path: string;
  /** Takes all room that is left but `leaveBytes`. */
  fill(leaveBytes?: number): void;
  /** Gives back what `fill` took. */
  free(): void;
  remount(how: "ro" | "rw"): void;
  unmount(): void;
}

const mounted = new Set<string>();
process.on("exit", () => {
  for (const path of mounted) run("umount", "-l", path);
});

function run(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

function mount(...args: string[]): string {
  const path = join(tempDir(), "disk");
  mkdirSync(path);
  if (!run("mount", ...args, path)) throw new Error(`cannot mount ${args.join(" ")}`);
  mounted.add(path);
  return path;
}

function diskAt(path: string): SmallDisk {
  const filler = join(path, "filler");
  return {
    path,
    fill: (leaveBytes = 0) => {
      const chunk = Buffer.alloc(4096);
      const chunks: Buffer[] = [];
      // By pages, as a file system gives them.
      for (let no = 0; no < 1_000_000; no += 1) {
        try {
          writeFileSync(filler, chunk, { flag: "a" });
          chunks.push(chunk);
        } catch {
          break;
        }
      }
      if (leaveBytes > 0) writeFileSync(filler, Buffer.alloc(Math.max(0, chunks.length * 4096 - leaveBytes)));
    },
    free: () => rmSync(filler, { force: true }),
    remount: (how) => {
      if (!run("mount", "-o", `remount,${how}`, path)) throw new Error(`cannot remount ${path} ${how}`);
    },
    unmount: () => {
      run("umount", path);
      mounted.delete(path);
    },
  };
}

/** @param mib its size */
export const tmpfs = (mib: number): SmallDisk => diskAt(mount("-t", "tmpfs", "-o", `size=${mib}m`, "tmpfs"));

/** An ext4 with `fail()`: an error that makes its kernel remount it read-only at once. */
export function failingDisk(mib: number): SmallDisk & { fail(): void; mountAgain(): void } {
  const image = join(tempDir(), "image");
  writeFileSync(image, Buffer.alloc(mib * 1024 * 1024));
  if (!run("mkfs.ext4", "-q", "-O", "^has_journal", image)) throw new Error("cannot make an ext4");
  const path = mount("-o", "loop,errors=remount-ro", image);
  return {
    ...diskAt(path),
    fail: () => {
      const device = readFileSync("/proc/mounts", "utf8")
        .split("\n")
        .find((line) => line.split(" ")[1] === path)
        ?.split(" ")[0];
      writeFileSync(`/sys/fs/ext4/${basename(device ?? "")}/trigger_fs_error`, "1");
    },
    mountAgain: () => {
      run("umount", path);
      if (!run("e2fsck", "-fy", image)) run("e2fsck", "-fy", image);
      if (!run("mount", "-o", "loop,errors=remount-ro", image, path)) throw new Error("cannot mount again");
    },
  };
}

/** Whether this process may mount: root, and not in a container that forbids it. */
export function mayMount(): boolean {
  try {
    tmpfs(1).unmount();
    return true;
  } catch {
    return false;
  }
}

export function mayFail(): boolean {
  try {
    const disk = failingDisk(4);
    disk.fail();
    disk.unmount();
    return true;
  } catch {
    return false;
  }
}
