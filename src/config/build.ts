/**
 * Document → configuration: schema, defaults, sources, semantic checks. Every issue is found in one go; the configuration
 * is there only when none of them is an error.
 */
import { resolve } from "node:path";
import { buildCsms } from "./build-csms.ts";
import { buildHealth } from "./build-health.ts";
import { buildKeys } from "./build-keys.ts";
import { buildListeners } from "./build-listeners.ts";
import { buildStations } from "./build-stations.ts";
import { buildSyslog } from "./build-syslog.ts";
import { checkConfig } from "./check.ts";
import { DEFAULTS } from "./defaults.ts";
import type { ConfigDocument } from "./document.ts";
import { validate } from "./generated/config-validator.js";
import { type ConfigIssue, IssueList, schemaIssues } from "./issues.ts";
import { stdoutIsJournal } from "./journal.ts";
import { createSources, type SourceOptions } from "./secrets.ts";
import type { GatewayConfig } from "./types.ts";

export interface BuiltConfig {
  /** Frozen; undefined when an issue is an error. */
  readonly config: GatewayConfig | undefined;
  readonly issues: readonly ConfigIssue[];
}

/** Never throws for anything a document can hold. Reads the files and variables that the document refers to. */
export function buildConfig(document: unknown, options: SourceOptions): BuiltConfig {
  if (!validate(document)) return { config: undefined, issues: schemaIssues(validate.errors ?? [], document) };
  const issues = new IssueList();
  const config = assemble(document as ConfigDocument, options, issues);
  checkConfig(document as ConfigDocument, config, issues);
  return { config: issues.failed ? undefined : deepFreeze(config), issues: issues.issues };
}

function assemble(document: ConfigDocument, options: SourceOptions, issues: IssueList): GatewayConfig {
  const sources = createSources(options, issues);
  const dataDir = resolve(options.baseDir, document.dataDir ?? DEFAULTS.dataDir);
  const listeners = buildListeners(document, sources, issues);
  const csms = document.csms && buildCsms(document.csms, "/csms", sources, issues);
  const log = { ...DEFAULTS.log, ...document.log };
  return {
    dataDir,
    ...buildKeys(document.keys, sources, issues),
    listeners,
    path: document.path ?? DEFAULTS.path,
    stations: buildStations({ document, csms, listeners, sources, issues }),
    health: document.health && buildHealth(document.health, dataDir, sources, issues),
    limits: { ...DEFAULTS.limits, ...document.limits },
    intrusion: { ...DEFAULTS.intrusion, ...document.intrusion, modes: document.firewall?.modes ?? {} },
    syslog: document.syslog && buildSyslog(document.syslog, sources, issues),
    backoff: { ...DEFAULTS.backoff, ...document.backoff },
    spool: { ...DEFAULTS.spool, ...document.spool },
    offline: { ...DEFAULTS.offline, ...document.offline },
    uplink: { bandwidthBps: undefined, ...DEFAULTS.uplink, ...document.uplink },
    snapshotLagMs: document.snapshotLagMs ?? DEFAULTS.snapshotLagMs,
    admin: document.admin === false ? undefined : { ...DEFAULTS.admin, ...document.admin },
    log: {
      level: log.level,
      journal: log.prefix === "journal" || (log.prefix === "auto" && stdoutIsJournal(options.environment)),
    },
    shutdownSec: document.shutdownSec ?? DEFAULTS.shutdownSec,
  };
}

/** Freezes all the way down, except bytes, which JavaScript cannot freeze. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
  return value;
}
