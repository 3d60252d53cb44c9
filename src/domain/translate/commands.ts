/** The functional blocks of the CSMS's commands and of the station's messages that are no transactions. */
import { availability } from "./availability.ts";
import { cache } from "./cache.ts";
import { certificates } from "./certificates.ts";
import type { Block } from "./contract.ts";
import { cost } from "./cost.ts";
import { dataTransfer } from "./data-transfer.ts";
import { firmware } from "./firmware.ts";
import { localList } from "./local-list.ts";
import { logs } from "./logs.ts";
import { notOffered } from "./not-offered.ts";
import { plugAndCharge } from "./plug-and-charge.ts";
import { reservation } from "./reservation.ts";
import { resetBlock } from "./reset.ts";
import { securityEvents } from "./security-events.ts";
import { triggerBlock } from "./trigger.ts";
import { triggeredEvent } from "./triggered-event.ts";
import { unlockBlock } from "./unlock.ts";

export const commandBlocks: readonly Block[] = [
  availability,
  cache,
  certificates,
  cost,
  dataTransfer,
  firmware,
  localList,
  logs,
  notOffered,
  plugAndCharge,
  reservation,
  resetBlock,
  securityEvents,
  triggerBlock,
  triggeredEvent,
  unlockBlock,
];
