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
  /** Further names that nobody is told of: measurands, events, or `Component.Variable`. */
  readonly withhold: readonly string[];
  /** What the tenant has a right to, by the same names, as far as the profile lets it; left out: all. */
  readonly grant?: readonly string[] | undefined;
  /** Times are told to such a step where that is coarser than the profile's. */
  readonly resolutionMs?: number;
  /** A channel of which a batch has fewer samples is left out of it: a few say when something was, and not how it is. */
  readonly minSamples?: number;
}

/** A battery's, a driver's wish, or what the vehicle can take. */
const VEHICLE = /^SoC$|^Display\.|^EnergyRequest\.|\.(?:Minimum|Maximum)$/;
const HABITS = /^(?:Energy|Power|Current)\.|\.(?:Power|ACCurrent|DCCurrent)$/;
const STEP_MS: Readonly<Record<PrivacyProfile, number>> = { operator: 1, public: 1_000, home: 900_000 };

export class Discretion {
  readonly profile: PrivacyProfile;
  /** Whether each session's figures may go. */
  readonly tellsSessions: boolean;
  readonly minSamples: number;
  readonly #withhold: ReadonlySet<string>;
  readonly #grant: ReadonlySet<string> | undefined;
  readonly #stepMs: number;

  constructor({ profile, withhold, grant, resolutionMs = 1, minSamples = 1 }: PrivacyConfig) {
    this.profile = profile;
    this.tellsSessions = profile !== "home";
    this.#withhold = new Set(withhold);
    this.minSamples = minSamples;
    this.#grant = grant && new Set(grant);
    this.#stepMs = Math.max(STEP_MS[profile], resolutionMs);
  }

  /** True where nothing is taken away at all. */
  get tellsAll(): boolean {
    const isWhole = this.#withhold.size === 0 && this.#grant === undefined && this.minSamples <= 1;
    return this.profile === "operator" && this.isExact && isWhole;
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
    if (this.#withhold.has(plain) || this.#grant?.has(plain) === false) return true;
    if (this.profile === "operator") return false;
    return location === "EV" || VEHICLE.test(plain) || (this.profile === "home" && HABITS.test(plain));
  }
}

const ALERT = /\.(?:alert|cleared)$/;
