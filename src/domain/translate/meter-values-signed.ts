/**
 * Signed readings: 1.6 puts them into `value` with the format SignedData, 2.x has a field beside the number.
 *
 * | `value` is                                   | becomes                                                     |
 * | -------------------------------------------- | ----------------------------------------------------------- |
 * | JSON with `signedMeterData` (OCA's note for 1.6) | its four members, absent ones empty                     |
 * | anything else                                | Base64 of it; `OCMF` where it begins so                     |
 *
 * 2.x wants a number as well: of the sample with the same measurand, context and instant, which then carries the signature; else
 * what the OCMF says; else the latest register of the transaction. The last two are marked. A signature is never cut: one that is too
 * long is left out, and the CSMS is told so.
 *
 * @see OCA, Signed Meter Values in OCPP 1.6; OCMF 1.0 (reading value RV, unit RU)
 */
import type { Payload } from "../ocpp/frame.ts";
import { namesOf, type Sample } from "./meter-values-sample.ts";
import { type Draft, lost, objectOf, textOf } from "./tx-state.ts";

export const VENDOR_ID = "twinlane";

const LONGEST_METHOD = 50;
const LONGEST_KEY = 2500;

export const longestSignedData = (northVersion: string): number => (northVersion === "ocpp2.1" ? 32_768 : 2500);

/** Adds the signatures of `raw` to `samples`. Returns how many were too long to be carried. */
export function addSigned(
  draft: Draft,
  raw: readonly Payload[],
  samples: Sample[],
  lastRegister: number | undefined,
): number {
  let tooLong = 0;
  for (const signed of raw) {
    const names = namesOf(draft, signed);
    if (names === undefined) continue;
    const text = textOf(signed["value"]) ?? "";
    const signedMeterValue = toSignedMeterValue(draft, text);
    const fits = signedMeterValue.signedMeterData.length <= longestSignedData(draft.env.northVersion);
    if (!fits) {
      tooLong += 1;
      lost(draft, "SampledValue.signedMeterValue");
    }
    addSignature(draft, samples, names, text, fits ? { signedMeterValue } : {}, lastRegister);
  }
  return tooLong;
}

function addSignature(
  draft: Draft,
  samples: Sample[],
  names: Omit<Sample, "value">,
  text: string,
  signature: Payload,
  lastRegister: number | undefined,
): void {
  const companion = samples.findIndex(
    ({ measurand, context, payload }) =>
      measurand === names.measurand && context === names.context && payload["signedMeterValue"] === undefined,
  );
  const found = samples[companion];
  const sample = found ?? valued(names, text, lastRegister);
  if (sample === undefined) {
    lost(draft, "SampledValue.format=SignedData");
    return;
  }
  const signed = { ...sample, payload: { ...sample.payload, ...signature } };
  if (found === undefined) samples.push(signed);
  else samples[companion] = signed;
}

function toSignedMeterValue(draft: Draft, text: string) {
  const members = jsonOf(text);
  const signedMeterData = textOf(members?.["signedMeterData"]);
  if (members === undefined || signedMeterData === undefined) {
    return {
      signedMeterData: Buffer.from(text, "utf8").toString("base64"),
      signingMethod: "",
      encodingMethod: text.startsWith("OCMF|") ? "OCMF" : "",
      publicKey: "",
    };
  }
  const member = (name: string, longest: number): string => {
    const value = textOf(members[name]) ?? "";
    if (value.length <= longest) return value;
    lost(draft, `signedMeterValue.${name}`);
    return "";
  };
  return {
    signedMeterData,
    signingMethod: member("signingMethod", LONGEST_METHOD),
    encodingMethod: member("encodingMethod", LONGEST_METHOD),
    publicKey: member("publicKey", LONGEST_KEY),
  };
}

function jsonOf(text: string): Payload | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** A number for a signature that has none beside it, marked as such. */
function valued(names: Omit<Sample, "value">, text: string, lastRegister: number | undefined): Sample | undefined {
  const reading = ocmfReading(text);
  const source = reading === undefined ? "lastRegister" : "signedMeterData";
  const value = reading?.value ?? (names.isTotal ? lastRegister : undefined);
  if (value === undefined) return undefined;
  const unit = reading === undefined ? "Wh" : reading.unit;
  const { unitOfMeasure: _said, ...rest } = names.payload;
  return {
    ...names,
    value,
    payload: {
      value,
      ...rest,
      ...(unit === undefined ? {} : { unitOfMeasure: { unit } }),
      customData: { vendorId: VENDOR_ID, valueSource: source },
    },
  };
}

/** The last reading of an OCMF text: `OCMF|{"RD":[{"RV":2935.6,"RU":"kWh",…}]}|{signature}`. */
export function ocmfReading(text: string): { readonly value: number; readonly unit: string | undefined } | undefined {
  if (!text.startsWith("OCMF|")) return undefined;
  // The signature is the last part; no JSON of hexadecimal digits and names holds a bar.
  const content = jsonOf(text.slice("OCMF|".length, Math.max(0, text.lastIndexOf("|"))));
  const readings = content?.["RD"];
  const last = Array.isArray(readings) ? objectOf(readings.at(-1)) : undefined;
  const value = Number(last?.["RV"] ?? Number.NaN);
  return Number.isFinite(value) ? { value, unit: textOf(last?.["RU"]) } : undefined;
}
