/**
 * Network profiles of 2.x (SetNetworkProfile) and their order (NetworkConfigurationPriority). Slot 0 is what the configuration says.
 *
 * @see OCPP 2.0.1 Part 2 B09, B10, A05
 */
import type { Payload } from "../ocpp/frame.ts";
import { asProfile, isOfCsms, type LinkProfile, type LinkSetup } from "./link-profile.ts";

/** A way to the CSMS. */
export interface LinkTarget {
  /** 0: the configuration's endpoints. */
  readonly slot: number;
  readonly profile: LinkProfile;
  readonly url: string;
}

export type Slots = { readonly [slot: string]: LinkTarget };

/** Nine are more than any CSMS needs, and bound what is kept. */
const LAST_SLOT = 9;

/**
 * What a SetNetworkProfile asks for, or why it is refused, in one word. Whether its profile can be had is judged when it is given priority.
 * A profile that leads to another host is refused: that would take the station away from whoever operates the gateway.
 */
export function networkProfile(
  slot: unknown,
  data: Payload,
  { setup, current }: { readonly setup: LinkSetup; readonly current: LinkProfile },
): LinkTarget | string {
  if (typeof slot !== "number" || !Number.isInteger(slot) || slot < 1 || slot > LAST_SLOT) return "InvalidConfSlot";
  const { ocppCsmsUrl: url, securityProfile, ocppTransport, apn, vpn } = data;
  const profile = asProfile(securityProfile);
  if (profile === undefined || ocppTransport !== "JSON") return "InvalidNetworkConf";
  // The gateway's network is its operator's.
  if (apn !== undefined || vpn !== undefined) return "InvalidNetworkConf";
  if (typeof url !== "string" || !isOfCsms(url, setup)) return "InvalidNetworkConf";
  // B09.FR.04
  return profile < current ? "NoSecurityDowngrade" : { slot, profile, url };
}

/** The slots that a NetworkConfigurationPriority names, in order; undefined: it is none, or names one that is not there. */
export function priorityOf(text: string, slots: Slots): readonly number[] | undefined {
  if (!/^\d(?:,\d)*$/.test(text)) return undefined;
  const order = text.split(",").map(Number);
  const isKnown = (slot: number) => slot === 0 || slots[String(slot)] !== undefined;
  return order.every(isKnown) && new Set(order).size === order.length ? order : undefined;
}

/** A05.FR.06: once a profile has worked, lower ones are gone. */
export function withoutLower(slots: Slots, profile: LinkProfile): Slots {
  return Object.fromEntries(Object.entries(slots).filter(([, target]) => target.profile >= profile));
}
