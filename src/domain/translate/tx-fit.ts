/**
 * Events that would be larger than the CSMS takes.
 *
 * Many samples of one instant are spread over several events of the same timestamp, nothing is lost (J02.FR.20). The Ended of a
 * transaction cannot be spread, nothing may follow it: of its intermediate readings the 1st, 3rd, 5th … go, again and again until it
 * fits; those of the beginning and the end never do (E12.FR.09).
 */
import type { Payload } from "../ocpp/frame.ts";

/** Longer than what `sampledValue` without signature and `meterValue` without samples ever are as JSON. */
const SAMPLE_BYTES = 260;
const ELEMENT_BYTES = 60;
/** The rest of an event. */
const EVENT_BYTES = 700;

const samplesOf = ({ sampledValue }: Payload): readonly Payload[] => sampledValue as readonly Payload[];

function sampleBytes({ signedMeterValue }: Payload): number {
  if (signedMeterValue === undefined) return SAMPLE_BYTES;
  const { signedMeterData, publicKey } = signedMeterValue as { signedMeterData: string; publicKey?: string };
  return 2 * SAMPLE_BYTES + signedMeterData.length + (publicKey?.length ?? 0);
}

const elementBytes = (element: Payload): number =>
  samplesOf(element).reduce((sum, sample) => sum + sampleBytes(sample), ELEMENT_BYTES);

/** More than an event with these values has as JSON. */
export const bytesOf = (meterValue: readonly Payload[]): number =>
  meterValue.reduce((sum, element) => sum + elementBytes(element), EVENT_BYTES);

/** The same values in as few lists as fit into `max` bytes each; a single sample is never divided. */
export function chunksOf(meterValue: readonly Payload[], max: number): readonly (readonly Payload[])[] {
  if (meterValue.length === 0) return [];
  if (bytesOf(meterValue) <= max) return [meterValue];
  const chunks: Payload[][] = [];
  let room = 0;
  for (const { timestamp, sampledValue: _all, ...rest } of meterValue) {
    const samples = samplesOf({ sampledValue: _all });
    for (const [i, sample] of samples.entries()) {
      const bytes = sampleBytes(sample) + ELEMENT_BYTES;
      if (chunks.length === 0 || room < bytes) {
        chunks.push([]);
        room = max - EVENT_BYTES;
      }
      room -= bytes;
      addSample(chunks.at(-1) ?? [], { timestamp, ...rest }, sample, i === 0);
    }
  }
  return chunks;
}

function addSample(chunk: Payload[], element: Payload, sample: Payload, isFirst: boolean): void {
  const last = chunk.at(-1);
  if (isFirst || last === undefined) chunk.push({ ...element, sampledValue: [sample] });
  else chunk[chunk.length - 1] = { ...last, sampledValue: [...samplesOf(last), sample] };
}

const isEdge = (element: Payload): boolean =>
  samplesOf(element).some(({ context }) => context === "Transaction.Begin" || context === "Transaction.End");

/** The values that fit into one event, and how many readings had to go. */
export function thinned(
  meterValue: readonly Payload[],
  max: number,
): { readonly meterValue: readonly Payload[]; readonly dropped: number } {
  let kept = meterValue;
  while (bytesOf(kept) > max && !kept.every(isEdge)) {
    let nth = 0;
    kept = kept.filter((element) => {
      if (isEdge(element)) return true;
      nth += 1;
      return nth % 2 === 0;
    });
  }
  return { meterValue: kept, dropped: meterValue.length - kept.length };
}
