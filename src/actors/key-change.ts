/** The CSMS has set its password for the station: that is ours, and the station never hears of it (field-lessons 31). */
import type { KeyChange } from "../domain/security/key-change.ts";
import type { NorthKeys } from "./north-keys.ts";
import type { StationConnection } from "./station-connection.ts";

/** Time for an answer to leave before its connection ends. */
const REDIAL_MS = 200;

/** Keeps the password and dials anew with it; `answer` is told whether it was kept. */
export function takeKeyChange(
  { password }: KeyChange,
  connection: StationConnection,
  northKeys: NorthKeys | undefined,
  answer: (accepted: boolean) => void,
): void {
  const configured = connection.rule.csms?.password;
  if (password === undefined || configured === undefined || northKeys === undefined) {
    answer(false);
    return;
  }
  northKeys.change(connection.host, password, configured, (kept) => {
    answer(kept);
    // The answer has to leave over the connection that the old password opened.
    if (kept) setTimeout(() => connection.link?.redial(), REDIAL_MS);
  });
}
