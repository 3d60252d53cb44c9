/**
 * A transaction the gateway learns of by its end: the station charged without anybody hearing of the start, or calls it by −1 and none
 * fits. Started and Ended are told back to back, marked, so that the energy is billed.
 *
 * What is not known is left out: the EVSE, unless the station has only one connector (never a guess onto connector 1), and the
 * register of the start, unless the station sent it with the stop.
 *
 * @see OCPP 1.6 errata 3.18; OCPP 2.0.1 Part 2 E04
 */
import type { Payload } from "../ocpp/frame.ts";
import type { Transaction } from "./contract.ts";
import type { Reading } from "./meter-values-read.ts";
import { wattHours } from "./meter-values-sample.ts";
import { VENDOR_ID } from "./meter-values-signed.ts";
import { toIdToken } from "./tokens.ts";
import { tellEvent } from "./tx-events.ts";
import { byTx16, giveTx16, isTx16, sawTx16 } from "./tx-ids.ts";
import { evsePlace } from "./tx-places.ts";
import { registerValue } from "./tx-start.ts";
import { type Draft, lost } from "./tx-state.ts";
import type { Stop } from "./tx-stop.ts";

/** Tells the Started, and returns the open transaction for its Ended to follow. */
export function recover(draft: Draft, stop: Stop, readings: readonly Reading[]): Transaction {
  const { tx16: said, idTag, time, meterStop } = stop;
  const begin = beginOf(readings);
  const connectors = draft.env.topology.evses.flatMap(({ connectors: behind }) => behind);
  const only = connectors.length === 1 ? connectors[0] : undefined;
  const place = only === undefined ? undefined : evsePlace(draft.env, only.connector16);
  if (begin === undefined) lost(draft, "StartTransaction.meterStart");
  const isFree = isTx16(said) && byTx16(draft.state, said) === undefined;
  if (isFree) sawTx16(draft, said);
  const tx16 = isFree ? said : giveTx16(draft);
  const startedAt = begin?.time ?? time;
  const fields: Payload = {
    ...(idTag === undefined ? {} : { idToken: toIdToken(draft, idTag) }),
    ...(place === undefined ? {} : { evse: { id: place.evseId, connectorId: place.connectorId } }),
    customData: { vendorId: VENDOR_ID, recovered: true },
  };
  return tellEvent(
    draft,
    {
      tx16,
      id: draft.env.uuid(),
      connector16: only?.connector16 ?? 0,
      evseId: place?.evseId ?? 0,
      seqNo: 0,
      idTag: idTag ?? "",
      meterStart: begin?.register ?? meterStop,
      startedAt: startedAt.at,
      chargingState: "EVConnected",
      lastRegister: meterStop,
      startKey: `recovered ${stop.stopKey}`,
    },
    {
      eventType: "Started",
      timestamp: startedAt.text,
      triggerReason: "Authorized",
      offline: true,
      info: { chargingState: "EVConnected" },
      ...(begin === undefined
        ? {}
        : { meterValue: [registerValue(startedAt.text, begin.register, "Transaction.Begin")] }),
      fields,
    },
  );
}

function beginOf(
  readings: readonly Reading[],
): { readonly register: number; readonly time: Reading["time"] } | undefined {
  for (const { samples, time } of readings) {
    const begin = samples.find((sample) => sample.isTotal && sample.context === "Transaction.Begin");
    if (begin !== undefined) return { register: wattHours(begin), time };
  }
  return undefined;
}
