/**
 * Station quirks: what a model at certain firmwares does other than 1.6 says, as data with its evidence. Rules read the tolerances;
 * nothing else in the code knows vendors. The table is checked against `schemas/quirks.schema.json`, which is also what an
 * operator's own table must satisfy.
 *
 * @see field-lessons.md cases 41–45; translation.md §5.6, §9
 */

/** What is done for a station that is told here; every field stands for one behaviour. */
export type Tolerances = {
  /** GetConfiguration without keys is not answered usefully: keys are asked by name. */
  readonly configurationByName?: boolean;
  /** Keys of one GetConfiguration, whatever the station says. */
  readonly configurationMaxKeys?: number;
  /** ChangeConfiguration is answered Accepted without effect: the value is read back before the CSMS hears of it. */
  readonly verifyWrites?: boolean;
  /** Feature profiles it lists, but must not be used. */
  readonly withoutFeatures?: readonly string[];
  /** 1.6 actions it must never be sent: it freezes, or drops the connection. */
  readonly neverSend?: readonly string[];
  /** Configuration keys it must never be sent a change of. */
  readonly neverChange?: readonly string[];
  /** Least time between two CALLs to it. */
  readonly callGapMs?: number;
  /** No CALL before its BootNotification was answered. */
  readonly waitsForBoot?: boolean;
  /** Charging rate units that work, whatever it says. */
  readonly rateUnits?: readonly ("A" | "W")[];
  /** Highest stack level that it really takes. */
  readonly maxStackLevel?: number;
  /** Added to every stack level: level 0 can be set, but not cleared. */
  readonly stackLevelOffset?: number;
  /** ChargePointMaxProfile is refused: its limit goes into the TxDefault and Tx profiles. */
  readonly noChargePointMaxProfile?: boolean;
  /** SetChargingProfile is refused while no transaction runs. */
  readonly profilesOnlyInTransaction?: boolean;
  /** ClearChargingProfile answers Unknown, but clears: every answer to one is taken for that. */
  readonly clearsThoughUnknown?: boolean;
  /** After a Rejected SetChargingProfile the old profile may be gone: what is installed is to be set again. */
  readonly rejectMayErase?: boolean;
  /** A TxProfile stays in force after its transaction, and limits the next one: every one is cleared by its id. */
  readonly txProfileOutlivesTransaction?: boolean;
  // What no message of ours can make good, because it would take a higher limit than the CSMS set: for the operator, and for what is
  // told of a model.
  /** A limit below this ends the transaction instead of suspending it. */
  readonly minCurrentA?: number;
  /** A limit of 0 ends the transaction (connector: Finishing). */
  readonly zeroEndsTransaction?: boolean;
  /** Two profiles of one level and purpose are told apart by their connector; else the later replaces the earlier (1.6 R1). */
  readonly hasKeyPerConnector?: boolean;
  /** Profiles of connector 0 and of a connector are merged level by level, ids count for their connector alone (R1 to R4 read as A). */
  readonly isAllA?: boolean;
  /** A Relative TxDefaultProfile starts when it is received: it is given anchored, to the transaction that runs (R5-B). */
  readonly anchorRelativeDefaults?: boolean;
  /** Of the choices of §5.6: each connector gets an equal part of the station's limit where that itself is refused. */
  readonly divideEqually?: boolean;
  /** Of the choices of §5.6: a profile with too many periods ends in the lowest of them, instead of being refused. */
  readonly clampsProfiles?: boolean;
  /** It must not be told another number of phases during a transaction. */
  readonly noPhaseSwitch?: boolean;
};

/** Half-open range of firmware versions, compared number by number. */
export interface FirmwareRange {
  readonly from?: string;
  readonly before?: string;
}

export interface Quirk {
  /** Stable, for logs and for the operator's override. */
  readonly id: string;
  /** chargePointVendor, without case; `*` stands for anything. */
  readonly vendor: string;
  /** chargePointModel, likewise. */
  readonly model: string;
  /** Absent: every firmware seen so far. */
  readonly firmware?: FirmwareRange;
  readonly tolerances: Tolerances;
  /** Where it was observed. */
  readonly evidence: readonly string[];
}

export interface QuirkTable {
  /** Grows with every change of the table. */
  readonly version: number;
  readonly quirks: readonly Quirk[];
}

/** What an operator says about one station: a value replaces the table's, `null` takes it away. */
export type ToleranceOverride = { readonly [name in keyof Tolerances]?: Tolerances[name] | null };

export interface StationKind {
  readonly vendor?: string;
  readonly model?: string;
  readonly firmwareVersion?: string;
}

/** The rows that hold for a station; in the table's order, so that a later, narrower row may correct an earlier one. */
export const quirksFor = ({ quirks }: QuirkTable, kind: StationKind): readonly Quirk[] =>
  quirks.filter(
    ({ vendor, model, firmware }) =>
      isLike(vendor, kind.vendor ?? "") && isLike(model, kind.model ?? "") && isWithin(firmware, kind.firmwareVersion),
  );

/** The tolerances of a station: the table's rows one over the other, the operator's word over all. */
export function tolerancesFor(table: QuirkTable, kind: StationKind, override: ToleranceOverride = {}): Tolerances {
  const layers = [...quirksFor(table, kind).map(({ tolerances }) => tolerances), override];
  const merged = new Map(layers.flatMap((layer) => Object.entries(layer)));
  return Object.fromEntries([...merged].filter(([, value]) => value !== null));
}

/**
 * The numbers of a firmware version, most significant first: those of the last dotted group, or, without one, all of them.
 *
 * | text | numbers |
 * | --- | --- |
 * | `TAC3Z9119006710273::V1.8.21` | 1, 8, 21 |
 * | `055.5` | 55, 5 |
 * | `V100R023C10SPC220` | 100, 23, 10, 220 |
 */
export function firmwareNumbers(text: string): readonly number[] {
  const dotted = text.match(/\d+(?:\.\d+)+/g)?.at(-1);
  return (dotted ?? text).match(/\d+/g)?.map(Number) ?? [];
}

export function compareFirmware(left: string, right: string): number {
  const [a, b] = [firmwareNumbers(left), firmwareNumbers(right)];
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** A station that does not tell its firmware has every quirk of its model: caution costs little, a frozen station much. */
function isWithin(range: FirmwareRange | undefined, version: string | undefined): boolean {
  if (range === undefined || version === undefined || firmwareNumbers(version).length === 0) return true;
  if (range.from !== undefined && compareFirmware(version, range.from) < 0) return false;
  return range.before === undefined || compareFirmware(version, range.before) < 0;
}

/** `*` at either end only; no regular expression of anybody's is run (field-lessons case 39). */
function isLike(pattern: string, text: string): boolean {
  const [wanted, given] = [pattern.trim().toLowerCase(), text.trim().toLowerCase()];
  const core = wanted.replace(/^\*|\*$/g, "");
  const isOpenLeft = wanted.startsWith("*");
  const isOpenRight = wanted.endsWith("*");
  if (isOpenLeft && isOpenRight) return given.includes(core);
  if (isOpenLeft) return given.endsWith(core);
  return isOpenRight ? given.startsWith(core) : given === core;
}
