/**
 * Thermal resistance θ of a contact, in K/A²: what a connector warms per square ampere. A loose or corroded contact shows
 * in θ long before a temperature limit does, whatever the load was.
 *
 *     T = ambient + θ · y        y: first-order low-pass of I² with time constant τ
 *
 * Heat goes with I², not with power, and the sensor lags behind it: without the low-pass a session's start reads as a good
 * contact and its end as a bad one. θ and the ambient temperature are the least-squares line through a session's (y, T).
 * Memory is six numbers, whatever the session's length.
 */

/** Seconds: a connector's own, between its pins (minutes) and its housing (a quarter of an hour). */
const TAU_SEC = 600;
/** Longest hole between two current samples; what flowed in a longer one is not known. */
const MAX_GAP_SEC = 300;
const MIN_PAIRS = 8;
/** Least standard deviation of the temperature, in K: below, a sensor of whole degrees says nothing. */
const MIN_SPREAD_K = 1;

export class ThermalFit {
  #filtered = 0;
  #currentAt = Number.NaN;
  #temperatureAt = Number.NaN;
  #pairedAt = Number.NEGATIVE_INFINITY;
  #temperature = Number.NaN;
  #isBroken = false;
  #pairs = 0;
  #meanY = 0;
  #meanT = 0;
  #squaresY = 0;
  #squaresT = 0;
  #products = 0;

  /** @param atMs of the station; samples that are not later than the one before are ignored */
  current(atMs: number, ampere: number): void {
    const gapSec = (atMs - this.#currentAt) / 1000;
    if (gapSec <= 0) return;
    if (gapSec > MAX_GAP_SEC) this.#isBroken = true;
    const square = ampere * ampere;
    // A temperature between two samples of the current belongs to what has flowed until then.
    if (this.#temperatureAt > this.#pairedAt && this.#temperatureAt > this.#currentAt && this.#temperatureAt < atMs) {
      this.#flow(this.#temperatureAt, square);
      this.#pair();
    }
    this.#flow(atMs, square);
    if (this.#temperatureAt === atMs) this.#pair();
  }

  /** Both may bear one timestamp, as a message's samples do, whichever stands first; or each its own. */
  temperature(atMs: number, celsius: number): void {
    if (atMs <= this.#temperatureAt) return;
    this.#temperatureAt = atMs;
    this.#temperature = celsius;
    if (atMs === this.#currentAt) this.#pair();
  }

  /** K/A², or undefined where the session does not tell: too short, too even, with a hole, or cooling under load. */
  get theta(): number | undefined {
    if (this.#isBroken || this.#pairs < MIN_PAIRS || this.#squaresY <= 0) return undefined;
    if (Math.sqrt(this.#squaresT / this.#pairs) < MIN_SPREAD_K) return undefined;
    const slope = this.#products / this.#squaresY;
    return slope > 0 ? slope : undefined;
  }

  #flow(atMs: number, square: number): void {
    const sec = (atMs - this.#currentAt) / 1000;
    if (!Number.isNaN(sec)) this.#filtered += -Math.expm1(-sec / TAU_SEC) * (square - this.#filtered);
    this.#currentAt = atMs;
  }

  #pair(): void {
    this.#pairedAt = this.#temperatureAt;
    this.#pairs += 1;
    const y = this.#filtered - this.#meanY;
    const t = this.#temperature - this.#meanT;
    this.#meanY += y / this.#pairs;
    this.#meanT += t / this.#pairs;
    // Welford's update: sums of squares about the mean, without the difference of two large numbers.
    this.#squaresY += y * (this.#filtered - this.#meanY);
    this.#squaresT += t * (this.#temperature - this.#meanT);
    this.#products += y * (this.#temperature - this.#meanT);
  }
}
