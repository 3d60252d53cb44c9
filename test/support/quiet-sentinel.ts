/** A sentinel that tells nobody, for tests of other things. */
import { GatewayBus } from "../../src/actors/gateway-bus.ts";
import { Sentinel } from "../../src/actors/security/sentinel.ts";
import { silentLogger } from "../../src/actors/silent-logger.ts";
import { DEFAULTS } from "../../src/config/defaults.ts";
import type { Counters } from "../../src/domain/counters.ts";
import type { Clock } from "../../src/ports.ts";

export const quietSentinel = (
  counters: Counters,
  clock: Clock,
  bus = new GatewayBus(silentLogger),
  settings: ConstructorParameters<typeof Sentinel>[0]["settings"] = { ...DEFAULTS.intrusion, modes: {} },
): Sentinel => new Sentinel({ settings, clock, counters, bus, logger: silentLogger });
