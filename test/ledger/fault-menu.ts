/** What can go wrong around a gateway: each fault of the menu happens, and what lasts is healed by the rig afterwards. */
import type { FaultyLink, FaultyNetwork } from "../support/faulty-network.ts";
import type { Rig } from "./rig.ts";

export interface Fault {
  readonly name: string;
  /** Happens at once: there is nothing to wait for before the rig is healed. */
  readonly isMoment?: boolean;
  begin(rig: Rig): void;
}

const between = (rig: Rig, min: number, max: number): number => Math.floor(min + rig.random() * (max - min + 1));

function linkFaults(side: "south" | "north"): readonly Fault[] {
  const link = (rig: Rig): FaultyLink => rig[side];
  const network = (rig: Rig): FaultyNetwork => rig.networks[side];
  const some = (rig: Rig) => {
    const share = rig.random();
    return () => rig.random() < share;
  };
  const halfOpen = (direction: "both" | "up" | "down"): Fault => ({
    name: `${side}: half-open (${direction})`,
    begin: (rig) => link(rig).set({ halfOpen: direction }),
  });
  return [
    { name: `${side}: every connection reset`, isMoment: true, begin: (rig) => link(rig).cut("rst") },
    { name: `${side}: some connections reset`, isMoment: true, begin: (rig) => link(rig).cut("rst", some(rig)) },
    { name: `${side}: some connections ended`, isMoment: true, begin: (rig) => link(rig).cut("fin", some(rig)) },
    halfOpen("both"),
    halfOpen("up"),
    halfOpen("down"),
    { name: `${side}: stalled`, begin: (rig) => link(rig).set({ stalled: true }) },
    { name: `${side}: delayed`, begin: (rig) => link(rig).set({ delayMs: between(rig, 30, 400) }) },
    { name: `${side}: throttled`, begin: (rig) => network(rig).throttle(between(rig, 100_000, 400_000)) },
    {
      name: `${side}: away`,
      begin: (rig) => {
        link(rig).set({ refusing: true });
        link(rig).cut("rst");
      },
    },
  ];
}

const CSMS_FAULTS: readonly Fault[] = [
  { name: "csms: slow", begin: ({ csms, ...rig }) => csms.set({ slowMs: between({ csms, ...rig }, 200, 1200) }) },
  { name: "csms: errors", begin: (rig) => rig.csms.set({ errors: between(rig, 1, 12) }) },
  { name: "csms: accepts and is silent", begin: (rig) => rig.csms.set({ silences: between(rig, 1, 20) }) },
  {
    name: "csms: forgets and is silent",
    begin: (rig) => rig.csms.set({ silences: between(rig, 1, 20), forgets: true }),
  },
  { name: "csms: closes instead of answering", begin: (rig) => rig.csms.set({ closeAfter: between(rig, 1, 40) }) },
  { name: "csms: says nothing at all", begin: (rig) => rig.csms.set({ mute: true }) },
  ...(["Pending", "Rejected"] as const).map((boot) => ({
    name: `csms: registration ${boot}`,
    begin: ({ csms }: Rig) => {
      csms.set({ boot });
      csms.cut();
    },
  })),
];

const STATION_FAULTS: readonly Fault[] = [
  {
    name: "stations: some reboot",
    isMoment: true,
    begin: (rig) => {
      const share = rig.random() * 0.5;
      for (const station of rig.stations) if (rig.random() < share) station.reboot();
    },
  },
];

export const FAULTS: readonly Fault[] = [
  ...linkFaults("south"),
  ...linkFaults("north"),
  ...CSMS_FAULTS,
  ...STATION_FAULTS,
];

/** The faults that take the CSMS away, for kills that fall into an outage. */
export const OUTAGES: readonly Fault[] = FAULTS.filter(({ name }) =>
  ["north: away", "north: half-open (both)", "north: stalled", "csms: says nothing at all"].includes(name),
);
