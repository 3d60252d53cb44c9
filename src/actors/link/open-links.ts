/** Makes what answers for the links to the CSMSs. */

import { LogDesk, type LogDeskOptions } from "../security/log-desk.ts";
import type { OpenedSpool } from "../spool/open-spool.ts";
import { LinkDesk, type LinkDeskOptions } from "./link-desk.ts";
import { LinkSettings, type LinkSettingsOptions } from "./link-settings.ts";
import { LinkStore } from "./link-store.ts";

export interface Links {
  readonly settings: LinkSettings;
  readonly desk: LinkDesk;
  readonly logs: LogDesk;
  /** True when a call of the CSMS is about the link or its log, and is answered here. */
  takes: LinkDesk["takes"];
}

type OpenLinksOptions = Omit<LinkSettingsOptions, "store" | "northKeys"> &
  Omit<LinkDeskOptions, "settings"> &
  LogDeskOptions;

/** @param spool undefined: settings are told, and none can be changed */
export function openLinks(
  spool: Pick<OpenedSpool, "storage" | "northKeys"> | undefined,
  options: OpenLinksOptions,
): Links {
  const settings = new LinkSettings({
    ...options,
    store: new LinkStore(spool?.storage),
    northKeys: spool?.northKeys,
  });
  const desk = new LinkDesk({ ...options, settings });
  const logs = new LogDesk(options);
  return {
    settings,
    desk,
    logs,
    takes: (connection, version, frame, reply) =>
      desk.takes(connection, version, frame, reply) || logs.takes(connection, version, frame, reply),
  };
}
