/** The downlink that the configuration asks for. */
import { join } from "node:path";
import { Downlink, type DownlinkOptions } from "./downlink.ts";
import type { PublisherOptions } from "./publisher-options.ts";

type Parts = Pick<DownlinkOptions, "prefix" | "assetNo" | "capture" | "stats" | "holdsBack" | "send">;

/** Undefined: no platform has a grant. */
export function openDownlink(
  { boot, wallClock, log, onAsk, onAudit }: PublisherOptions,
  parts: Parts,
): Downlink | undefined {
  const { platforms } = boot.config;
  if (Object.keys(platforms).length === 0) return undefined;
  const { spoolDirectory } = boot;
  return new Downlink({
    ...parts,
    grants: platforms,
    file: spoolDirectory === undefined ? undefined : join(spoolDirectory, "requests.state"),
    wallClock,
    log,
    audit: onAudit,
    ask: onAsk,
  });
}
