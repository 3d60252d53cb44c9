import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DiskRoom } from "../../src/actors/disk-room.ts";
import { requires } from "../support/requires.ts";
import { mayMount, tmpfs } from "../support/small-disk.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";

const onSmallDisk = requires("a mount of a tmpfs, by root", mayMount());

onSmallDisk("enough, low, none: by what is left; what the store has free in its own file counts as room", () => {
  const disk = tmpfs(2);
  let inside = 0;
  const level = () => new DiskRoom(disk.path, () => inside).level();
  assert.is(level(), "enough");
  disk.fill(100 * 1024);
  assert.is(level(), "low");
  inside = 1024 * 1024;
  assert.is(level(), "enough");
  disk.fill();
  assert.is(level(), "none", "the last bytes are not touched, whatever the store has inside");
  disk.free();
  disk.remount("ro");
  assert.is(level(), "none");
  disk.unmount();
});

test("after a failure nothing may be written until the disk has taken a file", async () => {
  const room = new DiskRoom(tempDir(), () => 0);
  assert.is(room.refusal(), undefined);
  room.failed();
  assert.match(String(room.refusal()), "does not take writes");
  assert.not(room.isWell(), "it is being tried");
  await until("the file to be taken", () => room.isWell());
  assert.is(room.refusal(), undefined);
});

test("a directory that is gone has no room, and does not heal", async () => {
  const path = join(tempDir(), "gone");
  const room = new DiskRoom(path, () => 0);
  assert.is(room.level(), "none");
  room.failed();
  for (let i = 0; i < 20; i += 1) {
    assert.not(room.isWell());
    await new Promise((resolve) => setImmediate(resolve));
  }
  rmSync(path, { recursive: true, force: true });
});

test.run();
