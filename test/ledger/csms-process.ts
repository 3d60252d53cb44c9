/** The CSMS with its books in a process of its own, so that its work does not disturb who measures. */
import { writeFileSync } from "node:fs";
import { LedgerCsms } from "../support/ledger-csms.ts";

export type CsmsOrder = { readonly do: "down" | "up" | "tally" } | { readonly do: "write"; readonly file: string };
export interface CsmsTally {
  readonly port: number;
  readonly accepted: number;
  readonly lastAcceptedAt: number;
}

const csms = await LedgerCsms.listen();
const { port } = csms;
const reply = () => {
  const { accepted, lastAcceptedAt } = csms.books;
  process.send?.({ port, accepted, lastAcceptedAt } satisfies CsmsTally);
};

process.on("message", async (order: CsmsOrder) => {
  if (order.do === "down") await csms.down();
  if (order.do === "up") await csms.up();
  if (order.do === "write") {
    const { stations, remoteStops } = csms.books;
    writeFileSync(order.file, JSON.stringify({ stations: [...stations], remoteStops }));
  }
  reply();
});
process.on("disconnect", () => process.exit());
reply();
