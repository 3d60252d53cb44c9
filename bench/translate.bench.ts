/**
 * What does it cost to translate a MeterValues frame, next to relaying it? See translate-relay.ts.
 *
 *     npm run build && node --import tsx bench/translate.bench.ts [--json]
 */
import { argv } from "node:process";
import { rounded } from "./statistics.ts";
import { translationCost } from "./translate-relay.ts";

const { relayUs, translateUs, ratio } = await translationCost(15, 3_000);
const result = {
  relay_us: rounded(relayUs.median),
  translate_us: rounded(translateUs.median),
  translate_vs_relay: rounded(ratio.median),
};
console.log(argv.includes("--json") ? JSON.stringify(result) : result);
