/**
 * Commands of the CSMS that name a 1.6 transaction, with the name that the station knows it by.
 *
 * | action                | where                                  |
 * | --------------------- | -------------------------------------- |
 * | RemoteStopTransaction | `/transactionId`                       |
 * | SetChargingProfile    | `/csChargingProfiles/transactionId`    |
 *
 * Everything else of the frame stays byte for byte.
 */
import { replaceAt } from "../../domain/ocpp/edit-json.ts";
import type { CallFrame, Payload } from "../../domain/ocpp/frame.ts";
import type { With } from "../../streams/value-lane.ts";
import type { StationConnection } from "../station-connection.ts";
import type { TransactionIds } from "./transaction-ids.ts";

const PLACES: Readonly<Record<string, readonly string[]>> = {
  RemoteStopTransaction: ["transactionId"],
  SetChargingProfile: ["csChargingProfiles", "transactionId"],
};

type Command = With<CallFrame, StationConnection>;

export function namedForStation(message: Command, ids: TransactionIds): Command {
  const { frame, text, connection } = message;
  const path =
    connection.version === "ocpp1.6" && Object.hasOwn(PLACES, frame.action) ? PLACES[frame.action] : undefined;
  if (path === undefined) return message;
  let value: unknown = frame.payload;
  for (const step of path) value = (value as Payload | undefined)?.[step];
  const name = typeof value === "number" ? ids.toStation(value) : undefined;
  const renamed = name === undefined ? undefined : replaceAt(text, [3, ...path], String(name));
  if (renamed === undefined) return message;
  const [, , , payload] = JSON.parse(renamed) as [2, string, string, Payload];
  return { ...message, frame: { ...frame, payload }, text: renamed, bytes: Buffer.from(renamed) };
}
