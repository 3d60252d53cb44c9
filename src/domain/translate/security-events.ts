/**
 * SecurityEventNotification: the same message in both versions, but 1.6 calls the two ends by other names. What is about the link of
 * the station is about its link to the gateway, and says so: `south:`. What the gateway reports of its own link comes under its 2.x name,
 * and begins with `north:`.
 *
 * @see OCPP 2.0.1 A04, appendix 1; security extension edition 3 §4.3, §6
 */
import { RENAMED_EVENTS } from "../security/event-names.ts";
import { compact, rowOf, textAt } from "./command-fields.ts";
import { also, answer } from "./command-kit.ts";
import type { Block, CallRule, TranslationState, Want } from "./contract.ts";

/** About the link as well, by the same name in both versions. */
const ALSO_OF_THE_LINK: readonly string[] = ["InvalidTLSVersion", "InvalidTLSCipherSuite"];

const LONGEST_TECH_INFO = 255;

const notify: CallRule<TranslationState> = (state, asked) => {
  const type16 = textAt(asked.payload, "type") ?? "";
  const type = rowOf(RENAMED_EVENTS, type16) ?? type16;
  const said = textAt(asked.payload, "techInfo");
  const isOfTheLink = type !== type16 || (ALSO_OF_THE_LINK.includes(type) && said?.startsWith("north:") !== true);
  const whole = isOfTheLink ? `south:${said ?? ""}` : said;
  const techInfo = whole?.slice(0, LONGEST_TECH_INFO);
  const payload = compact({ type, timestamp: asked.payload["timestamp"], techInfo });
  const sure: Want = { do: "ask", peer: "csms", action: "SecurityEventNotification", payload, sure: true };
  const step = also(answer(state, asked, {}), sure);
  return techInfo === whole ? step : also(step, { do: "lost", what: "SecurityEventNotification.techInfo" });
};

export const securityEvents: Block = { from: { station: { SecurityEventNotification: notify } } };
