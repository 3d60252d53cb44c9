/** The value lane's far side: binds each kind of message to what is done with it. */
import type { Counters } from "../domain/counters.ts";
import type { Clock, Logger, Random } from "../ports.ts";
import type { Relay } from "../streams/value-lane.ts";
import { toCsms, toStation } from "./legs.ts";
import type { Links } from "./link/open-links.ts";
import type { DelayDesk } from "./regulatory/delay-desk.ts";
import { csmsAnswer, stationCall } from "./relay-north.ts";
import { csmsCall, stationAnswer } from "./relay-south.ts";
import type { ValueSpool } from "./spool/value-spool.ts";
import type { StationConnection } from "./station-connection.ts";

export interface RelayOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly counters: Counters;
  readonly logger: Logger;
  /** Undefined: the gateway keeps nothing, the station stays responsible until the CSMS has answered. */
  readonly spool: ValueSpool | undefined;
  /** What CSMSs set about their links; undefined until the gateway is open. */
  readonly links: Links | undefined;
  /** Holds commands back where Great Britain's rule says so; undefined: no station has it. */
  readonly delays?: Pick<DelayDesk, "takes"> | undefined;
  /** The spool is wanted, and could not be opened. */
  readonly spoolIsLost?: boolean;
  readonly limits: {
    /** Waiting calls of a station at which its socket is paused. */
    readonly callQueue: number;
    readonly callTimeoutSec: number;
    readonly stationCallTimeoutSec: number;
  };
}

export function createRelay(options: RelayOptions): Relay<StationConnection> {
  const { counters } = options;
  return {
    stationCall: (message) => stationCall(message, options),
    csmsAnswer: (message) => csmsAnswer(message, options),
    csmsCall: (message) => csmsCall(message, options),
    stationAnswer: (message) => stationAnswer(message, options),
    pass: ({ connection, from, bytes, messageClass }) => {
      const passed =
        from === "south" ? toCsms(connection, bytes, counters, messageClass) : toStation(connection, bytes, counters);
      if (!passed) counters.callsRefusedNotConnected += 1;
    },
  };
}
