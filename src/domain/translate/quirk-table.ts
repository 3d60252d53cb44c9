/**
 * The quirks that ship. A row needs evidence that others can read; vendor and model are spelled as BootNotification spells them. The
 * firmware range says where the behaviour was seen, not where it may have ended.
 */
import type { QuirkTable } from "./quirks.ts";

export const QUIRKS: QuirkTable = {
  version: 1,
  quirks: [
    {
      // Says ChargeProfileMaxStackLevel 3, and refuses a profile of level 3.
      id: "abb-terra-ac-max-stack-level",
      vendor: "ABB",
      model: "CDT_TACW*",
      tolerances: { maxStackLevel: 2 },
      evidence: ["https://github.com/lbbrhzn/ocpp/issues/1737"],
    },
    {
      // A profile of level 0 is accepted; clearing it by that level answers Unknown and leaves it. Level 1 can be cleared.
      id: "go-e-stack-level-0",
      vendor: "go-e",
      model: "go-eCharger*",
      tolerances: { stackLevelOffset: 1 },
      evidence: ["https://github.com/goecharger/go-eCharger-API-v2/issues/187"],
    },
    {
      // Freezes until it is switched off after commands it does not support, profiles without a transaction among them; takes
      // limits in W only; a limit of 0 ends the transaction and outlives it. Its vendor field is empty.
      id: "huawei-scharger",
      vendor: "",
      model: "ACChargePoint",
      tolerances: {
        rateUnits: ["W"],
        neverSend: ["ChangeAvailability"],
        neverChange: ["WebSocketPingInterval"],
        profilesOnlyInTransaction: true,
        txProfileOutlivesTransaction: true,
        zeroEndsTransaction: true,
        minCurrentA: 6,
        noPhaseSwitch: true,
      },
      evidence: [
        "https://github.com/evcc-io/evcc/issues/31156",
        "https://github.com/evcc-io/evcc/issues/29272",
        "https://github.com/evcc-io/evcc/issues/32170",
        "https://github.com/evcc-io/evcc/pull/33020",
        "https://github.com/traktore-org/sem-community/pull/977",
        "https://github.com/lbbrhzn/ocpp/issues/1810",
      ],
    },
    {
      // Drops the connection when several CALLs come in a burst, and does so again after each reconnection.
      id: "wallbox-copper-sb-burst",
      vendor: "Wall Box Chargers",
      model: "CPB1*",
      tolerances: { callGapMs: 500 },
      evidence: ["https://github.com/ConnectorIO/connectorio-addons/pull/210"],
    },
    {
      // Drops the connection when it is asked anything before its BootNotification was answered.
      id: "wallbox-pulsar-max-boot",
      vendor: "Wall Box Chargers",
      model: "PLP*",
      tolerances: { waitsForBoot: true },
      evidence: ["https://github.com/lbbrhzn/ocpp/issues/1510"],
    },
  ],
};
