/** Makes what answers for the links to the CSMSs. */
import type { OpenedSpool } from "../spool/open-spool.ts";
import { LinkDesk, type LinkDeskOptions } from "./link-desk.ts";
import { LinkSettings, type LinkSettingsOptions } from "./link-settings.ts";
import { LinkStore } from "./link-store.ts";

export interface Links {
  readonly settings: LinkSettings;
  readonly desk: LinkDesk;
}

type OpenLinksOptions = Omit<LinkSettingsOptions, "store" | "northKeys"> & Omit<LinkDeskOptions, "settings">;

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
  return { settings, desk: new LinkDesk({ ...options, settings }) };
}
