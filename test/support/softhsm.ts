/** A token of SoftHSM in a folder of its own, directly or through `p11-kit server`, where it can be taken away and brought back. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "./temp-dir.ts";
import { until } from "./until.ts";

const LIBRARY = "/usr/lib/softhsm/libsofthsm2.so";
const KIT_CLIENT = ["x86_64-linux-gnu", "aarch64-linux-gnu"]
  .map((triplet) => `/usr/lib/${triplet}/pkcs11/p11-kit-client.so`)
  .find(existsSync);

export const hasSoftHsm = (): boolean =>
  existsSync(LIBRARY) &&
  KIT_CLIENT !== undefined &&
  ["softhsm2-util", "pkcs11-tool", "p11-kit"].every((name) => spawnSync("which", [name]).status === 0);

export interface SoftHsm {
  /** For `keys.store`. */
  readonly uri: string;
  /** For `keys.store`, of a token that can be away. */
  readonly kitUri: string;
  readonly pin: string;
  readonly directory: string;
  /** `pkcs11-tool`, logged in; what it printed. */
  tool(...args: readonly string[]): string;
  /** Labels of the private keys. */
  keys(): string[];
  /** The token is there for `kitUri`. */
  plugIn(): Promise<void>;
  pullOut(): Promise<void>;
}

const servers = new Set<ChildProcess>();
process.on("exit", () => {
  for (const server of servers) killGroup(server);
});

/** SoftHSM and p11-kit find it through the environment of this process, which its children inherit: one for each test file. */
export function makeSoftHsm(label = "Twinlane test", pin = "p?n 12%34&ü"): SoftHsm {
  const directory = tempDir();
  const tokens = join(directory, "tokens");
  const config = join(directory, "softhsm2.conf");
  const socket = join(directory, "kit.sock");
  mkdirSync(tokens);
  writeFileSync(config, `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`);
  process.env["SOFTHSM2_CONF"] = config;
  process.env["P11_KIT_SERVER_ADDRESS"] = `unix:path=${socket}`;
  const init = ["--init-token", "--free", "--label", label, "--so-pin", "12345678", "--pin", pin];
  execFileSync("softhsm2-util", init, { stdio: "pipe" });
  const uriOf = (library: string) => `pkcs11:token=${encodeURIComponent(label)}?module-path=${library}`;
  const tool = (...args: readonly string[]) => {
    const login = ["--module", LIBRARY, "--token-label", label, "--login", "--pin", "env:PIN"];
    return execFileSync("pkcs11-tool", [...login, ...args], {
      env: { ...process.env, PIN: pin },
      stdio: "pipe",
    }).toString();
  };
  let server: ChildProcess | undefined;
  return {
    uri: uriOf(LIBRARY),
    kitUri: uriOf(KIT_CLIENT ?? ""),
    pin,
    directory,
    tool,
    keys: () =>
      [...patiently(() => tool("--list-objects", "--type", "privkey")).matchAll(/^\s+label:\s+(\S+)/gm)].map(
        ([, name = ""]) => name,
      ),
    async plugIn() {
      const token = `pkcs11:token=${encodeURIComponent(label)}`;
      const args = ["server", "--foreground", "--provider", LIBRARY, "--name", socket, token];
      // A group of its own: it has a child for each who is connected.
      server = spawn("p11-kit", args, { stdio: "ignore", detached: true });
      servers.add(server);
      await until("p11-kit", () => existsSync(socket));
    },
    async pullOut() {
      if (server === undefined) return;
      killGroup(server);
      servers.delete(server);
      rmSync(socket, { force: true });
    },
  };
}

/** SoftHSM fails now and then while another process writes to the token. */
function patiently<T>(work: () => T): T {
  for (let left = 10; left > 0; left -= 1) {
    try {
      return work();
    } catch {
      // Once more.
    }
  }
  return work();
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}
