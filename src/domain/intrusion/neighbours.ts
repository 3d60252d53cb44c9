/**
 * R27: which device answers under which address of the LAN. A station's address that suddenly belongs to another network card is a
 * new station, a changed board, or somebody in the middle.
 *
 * The table comes from the operating system (on Linux `/proc/net/arp`); only addresses that stations have used are looked at.
 */

export interface Neighbour {
  readonly address: string;
  /** Lower case, with colons. */
  readonly mac: string;
}

const MAX_NEIGHBOURS = 4_096;
const NO_MAC = "00:00:00:00:00:00";

/** Rows of `/proc/net/arp`: address, type, flags, MAC, mask, device. Rows that are incomplete are left out. */
export function parseArpTable(text: string): readonly Neighbour[] {
  return text
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [address = "", , , mac = ""] = line.trim().split(/\s+/);
      const isComplete = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i.test(mac) && mac !== NO_MAC;
      return isComplete ? [{ address, mac: mac.toLowerCase() }] : [];
    });
}

/** One MAC under several watched addresses is what a man in the middle looks like; a router is told apart by not being watched. */
export type NeighbourFinding =
  | { readonly kind: "changed"; readonly address: string }
  | { readonly kind: "shared"; readonly address: string };

export class NeighbourWatch {
  readonly #known = new Map<string, string>();

  /** What is new since the last look. Addresses that are not watched are ignored. */
  look(table: readonly Neighbour[], isWatched: (address: string) => boolean): readonly NeighbourFinding[] {
    const findings: NeighbourFinding[] = [];
    for (const { address, mac } of table) {
      if (!isWatched(address)) continue;
      const before = this.#known.get(address);
      if (before === mac) continue;
      const isShared =
        before !== undefined && [...this.#known].some(([other, its]) => other !== address && its === mac);
      if (before !== undefined) findings.push({ kind: isShared ? "shared" : "changed", address });
      this.#known.delete(address);
      this.#known.set(address, mac);
      this.#forgetOldest();
    }
    return findings;
  }

  #forgetOldest(): void {
    if (this.#known.size <= MAX_NEIGHBOURS) return;
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest);
      return;
    }
  }
}
