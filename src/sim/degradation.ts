/**
 * How equipment wears out, as pure functions of the time since it began: what a contact warms, how well the housing is cooled, what
 * is left of the power, what the meter counts, how the supply's voltage holds, how often the connection goes. A sound station has {@link SOUND}.
 */

/** Factors on what a sound station has. */
export interface Condition {
  /** Thermal resistance of the contact. */
  readonly contact: number;
  /** Thermal resistance of the housing. */
  readonly housing: number;
  /** Power that can be given. */
  readonly power: number;
  /** Watt-hours counted for each that flows. */
  readonly meter: number;
  /** Impedance of the way to the supply. */
  readonly supply: number;
  /** How restless the supply's voltage is. */
  readonly unrest: number;
  /** Lost connections a day; not a factor. */
  readonly dropsPerDay: number;
}

export interface Degradation {
  readonly name: string;
  readonly does: string;
  /** @param days since it began; 0 and more */
  readonly at: (days: number) => Condition;
}

export const SOUND: Condition = { contact: 1, housing: 1, power: 1, meter: 1, supply: 1, unrest: 1, dropsPerDay: 0.3 };

export const DEGRADATIONS: readonly Degradation[] = [
  {
    name: "loose-contact",
    does: "a contact warms 10 % more at once, and 1 % more each day",
    at: (days) => ({ ...SOUND, contact: 1.1 + 0.01 * days }),
  },
  {
    name: "fan-loss",
    does: "a fan stands still: the housing warms twice as much, and gives less power when it is hot",
    at: () => ({ ...SOUND, housing: 2 }),
  },
  {
    name: "module-lost",
    does: "one of four power modules is gone, and the station still offers all",
    at: () => ({ ...SOUND, power: 0.75 }),
  },
  {
    name: "failing-meter",
    does: "the register counts 1 % less each day, until it counts half",
    at: (days) => ({ ...SOUND, meter: Math.max(0.5, 1 - 0.01 * days) }),
  },
  {
    name: "flapping-link",
    does: "the connection is lost once an hour",
    at: () => ({ ...SOUND, dropsPerDay: 24 }),
  },
  {
    name: "loose-terminal",
    does: "a terminal of the supply works loose: half as much impedance again at once, and 5 % more each day",
    at: (days) => ({ ...SOUND, supply: 1.5 + 0.05 * days }),
  },
  {
    name: "restless-supply",
    does: "the supply's voltage is three times as restless, and no lower",
    at: () => ({ ...SOUND, unrest: 3 }),
  },
];

export const degradationOf = (name: string): Degradation | undefined => DEGRADATIONS.find((each) => each.name === name);
