/** The firewall that ships, without limits of rate: a bench sends in a second what a station sends in a day. */
import { buildFirewall } from "../src/config/build-firewall.ts";

const LIMIT = 100_000;

export const UNMETERED = buildFirewall([{ stationCallsPer10Sec: LIMIT, csmsCallsPer10Sec: LIMIT, burst: LIMIT }]);
