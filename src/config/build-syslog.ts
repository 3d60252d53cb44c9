/** Where the security log is sent to. */
import { isLoopback } from "./addresses.ts";
import { buildTlsClient } from "./build-csms.ts";
import { DEFAULTS } from "./defaults.ts";
import type { SyslogDocument } from "./document.ts";
import type { IssueList } from "./issues.ts";
import type { Sources } from "./secrets.ts";
import type { SyslogConfig } from "./types.ts";

/** As registered for each: RFC 6587 has none of its own, 601 is that of reliable syslog over TCP. */
const PORTS = { "tls:": 6514, "tcp:": 601 } as const;

/** The schema has checked the form of the URL. */
export function buildSyslog(
  { url, tls, enterpriseId = DEFAULTS.syslog.enterpriseId }: SyslogDocument,
  sources: Sources,
  issues: IssueList,
): SyslogConfig | undefined {
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  const secure = protocol === "tls:";
  if (!secure && tls !== undefined) issues.error("/syslog/tls", "the URL is tcp://, so TLS is not used");
  if (!secure && !isLoopback(host)) {
    issues.warn("/syslog/url", "tcp:// sends the security log in the clear; use tls://");
  }
  const built = secure ? buildTlsClient(tls ?? {}, "/syslog/tls", sources, issues) : undefined;
  if (secure && built?.ca === undefined) {
    issues.error("/syslog", 'tls:// needs "tls.ca": trusted roots in PEM, or "system"');
  }
  return { host, port: port === "" ? PORTS[secure ? "tls:" : "tcp:"] : Number(port), tls: built, enterpriseId };
}
