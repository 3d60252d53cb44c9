import type { AdminSource } from "../../src/actors/admin/admin-server.ts";
import { Counters } from "../../src/domain/counters.ts";
import { CATALOGUE } from "../../src/domain/ocpp/catalogue.ts";
import type { HealthStats, LogFields, Logger } from "../../src/ports.ts";

/** What the administration port sees of a gateway, to be changed by a test. */
export function stubGateway() {
  const state: { status: ReturnType<AdminSource["status"]>; health: HealthStats | undefined } = {
    status: { live: true, ready: true, value: { state: "ok", queued: 0, oldestSec: 0, dead: 0, since: 0 } },
    health: undefined,
  };
  const gateway: AdminSource = {
    counters: new Counters(CATALOGUE.length),
    status: () => state.status,
    healthStats: () => state.health,
  };
  return { gateway, state };
}

/** A logger that remembers. */
export function memoryLogger() {
  const lines: { readonly level: string; readonly message: string; readonly fields: LogFields }[] = [];
  const at = (level: string) => (fields: LogFields, message: string) => {
    lines.push({ level, message, fields });
  };
  const logger: Logger = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  return { logger, lines };
}
