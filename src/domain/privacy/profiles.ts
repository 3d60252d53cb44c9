/**
 * What leaves the gateway, by whose eyes it is for. Everything is judged here first, from what is exact; a profile only takes away.
 *
 * | profile    | time    | withheld                                                    | figures of sessions |
 * | ---------- | ------- | ----------------------------------------------------------- | ------------------- |
 * | `operator` | as it is | –                                                          | yes                 |
 * | `public`   | 1 s     | the vehicle's: `SoC`, `Display.*`, `EnergyRequest.*`, what it can take, all measured in it | yes |
 * | `home`     | 15 min  | these, and energy, power and current: who is at home shows in them | no           |
 *
 * Nothing ever names a session, whatever the profile.
 */
import type { ChannelInfo } from "../telemetry/channels.ts";

export const PRIVACY_PROFILES = ["operator", "public", "home"] as const;
export type PrivacyProfile = (typeof PRIVACY_PROFILES)[number];

export interface PrivacyConfig {
  readonly profile: PrivacyProfile;
  /** Further names that nobody is told of: measurands, or `Component.Variable`. */
  readonly withhold: readonly string[];
}

/** A battery's, a driver's wish, or what the vehicle can take. */
const VEHICLE = /^SoC$|^Display\.|^EnergyRequest\.|\.(?:Minimum|Maximum)$/;
const HABITS = /^(?:Energy|Power|Current)\.|\.(?:Power|ACCurrent|DCCurrent)$/;
const SEC_MS = 1_000;
const QUARTER_MS = 900_000;

export class Discretion {
  readonly profile: PrivacyProfile;
  /** Whether each session's figures may go. */
  readonly tellsSessions: boolean;
  readonly #withhold: ReadonlySet<string>;
  readonly #stepMs: number;

  constructor({ profile, withhold }: PrivacyConfig) {
    this.profile = profile;
    this.tellsSessions = profile !== "home";
    this.#withhold = new Set(withhold);
    this.#stepMs = profile === "home" ? QUARTER_MS : profile === "public" ? SEC_MS : 1;
  }

  get isExact(): boolean {
    return this.#stepMs === 1;
  }

  /** The instant as far as it may be known: the beginning of its second, or quarter of an hour. */
  coarse(atMs: number): number {
    return this.isExact ? atMs : Math.floor(atMs / this.#stepMs) * this.#stepMs;
  }

  /** True for a channel that nobody is told of. An alert of a variable goes with the variable. */
  withholds({ name, location }: Pick<ChannelInfo, "name" | "location">): boolean {
    const plain = name.replace(ALERT, "");
    if (this.#withhold.has(plain)) return true;
    if (this.profile === "operator") return false;
    return location === "EV" || VEHICLE.test(plain) || (this.profile === "home" && HABITS.test(plain));
  }
}

const ALERT = /\.(?:alert|cleared)$/;
