/** A 1.6 station that remembers what it was promised, and whether a CSMS got it. */
import * as assert from "uvu/assert";
import type { CsmsLinkPeer } from "./plain-csms.ts";
import { dial, type Json, type Peer } from "./ws-peer.ts";

const AT = "2026-01-01T00:00:00Z";

export class KeptStation {
  readonly identity: string;
  readonly peer: Peer;
  /** Meter values that were acknowledged, in order; they are unique. */
  readonly promised: number[] = [];
  /** Answered with CALLERROR. */
  refused = 0;
  transactionId = 0;
  #value = 0;

  private constructor(identity: string, peer: Peer) {
    this.identity = identity;
    this.peer = peer;
  }

  static async dial(url: string, identity: string): Promise<KeptStation> {
    const station = new KeptStation(identity, await dial(`${url}/${identity}`, ["ocpp1.6"]));
    await station.peer.ask("BootNotification", { chargePointVendor: "V", chargePointModel: "M" });
    return station;
  }

  /** @returns whether the start was acknowledged */
  async start(): Promise<boolean> {
    const [type, , payload] = await this.peer.ask("StartTransaction", {
      connectorId: 1,
      idTag: "TAG",
      meterStart: 0,
      timestamp: AT,
    });
    if (type === 3) this.transactionId = (payload as { readonly transactionId: number }).transactionId;
    return type === 3;
  }

  /** One message with `bytes` of ballast. @returns whether it was acknowledged; if not, the next one is the same again */
  async meter(bytes = 3000): Promise<boolean> {
    const value = this.#value;
    const [type] = await this.peer.ask("MeterValues", meterValues(this.transactionId, value, bytes));
    if (type !== 3) {
      this.refused += 1;
      return false;
    }
    this.promised.push(value);
    this.#value += 1;
    return true;
  }
}

/** Energy readings, with a context that keeps them from being thinned out. */
const meterValues = (transactionId: number, value: number, bytes: number) => ({
  connectorId: 1,
  transactionId,
  meterValue: [
    {
      timestamp: AT,
      sampledValue: [
        { value: String(value), context: "Transaction.Begin" },
        { value: "x".repeat(bytes), format: "SignedData" },
      ],
    },
  ],
});

/** Values that a CSMS got of a station, over all its links, first deliveries only; the rest are repetitions. */
export function received(links: readonly CsmsLinkPeer[]): { readonly values: number[]; readonly repeated: number } {
  const seen = new Set<string>();
  const values: number[] = [];
  let repeated = 0;
  for (const [, id, , payload] of links.flatMap((link) => link.calls("MeterValues")) as Json[]) {
    const { meterValue } = payload as { readonly meterValue: { sampledValue: { value: string }[] }[] };
    const value = Number(meterValue[0]?.sampledValue[0]?.value);
    if (seen.has(`${id} ${value}`)) repeated += 1;
    else values.push(value);
    seen.add(`${id} ${value}`);
  }
  return { values, repeated };
}

/** Everything that was promised has come, once and in order. A message that was refused may have come as well. */
export function assertKept(station: KeptStation, links: readonly CsmsLinkPeer[]): void {
  const { values } = received(links);
  assert.equal(
    values,
    [...new Set(values)].sort((a, b) => a - b),
    `${station.identity}: once, in order`,
  );
  const missing = station.promised.filter((value) => !values.includes(value));
  assert.equal(missing, [], `${station.identity}: ${missing.length} of ${station.promised.length} lost`);
}
