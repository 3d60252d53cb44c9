/**
 * What a maintenance platform may ask of the gateway: a closed list of questions, none of which has a say in charging.
 *
 *     {"cmdId":"<uuid>","name":"GetVariables","notAfter":1767225600000,"args":{"asset":"…","variables":["AirCoolingSystem.FanSpeed"]}}
 */
import { type MonitoredPair, pairOf } from "../telemetry/device-value.ts";

/**
 * - `SelfTest`: how the lane is
 * - `GetSnapshot`: the dashcam seals what it remembers of an asset, and what follows
 * - `TriggerMessage`: its station sends a message once more, to the CSMS as ever
 * - `GetVariables`: its station is asked for variables of the allow-list, which then are observed like all others (2.x)
 */
export const COMMANDS = ["SelfTest", "GetSnapshot", "TriggerMessage", "GetVariables"] as const;

export type CommandName = (typeof COMMANDS)[number];

/** What a station may be asked to send: state and measurements, nothing that begins, boots or signs anything. */
export const TRIGGERS = [
  "MeterValues",
  "StatusNotification",
  "FirmwareStatusNotification",
  "LogStatusNotification",
  "DiagnosticsStatusNotification",
] as const;

type Trigger = (typeof TRIGGERS)[number];

/** Of a station, by the gateway's thread. */
export type StationAsk =
  | { readonly name: "TriggerMessage"; readonly message: Trigger }
  | { readonly name: "GetVariables"; readonly variables: readonly MonitoredPair[] };

export type Ask =
  | { readonly name: "SelfTest" }
  | (({ readonly name: "GetSnapshot" } | StationAsk) & { readonly asset: string });

export interface DiagnosticsRequest {
  readonly cmdId: string;
  readonly name: CommandName;
  /** Milliseconds since the epoch after which nobody wants it. */
  readonly notAfter: number;
  /** Undefined: the arguments are not those of the command. */
  readonly ask: Ask | undefined;
}

export type Refusal =
  | ("unreadable" | "unknownCommand" | "badArguments" | "notGranted" | "responseTopic" | "unknownAsset")
  | ("expired" | "tooFarAhead" | "repeated" | "tooMany" | "busy");

export type Failure = "notConnected" | "notSupported" | "refused" | "noAnswer" | "notRemembered";

/** How it ended. */
export type Outcome =
  | { readonly status: "Done"; readonly observed?: number; readonly lane?: object }
  | { readonly status: "Failed"; readonly reason: Failure };

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** As pseudonyms are. */
const ASSET = /^[a-z2-7]{16}$/;
const MAX_TEXT = 4_096;
/** Variables of one request. */
const MAX_VARIABLES = 16;

type Fields = { readonly [name: string]: unknown };

/** Undefined: it cannot even be answered by name. Never throws. */
export function parseRequest(text: string): DiagnosticsRequest | undefined {
  const read = text.length > MAX_TEXT ? undefined : fieldsOf(parseJson(text));
  const { cmdId, name, notAfter, args } = read ?? {};
  const command = COMMANDS.find((each) => each === name);
  if (typeof cmdId !== "string" || !UUID.test(cmdId) || command === undefined) return undefined;
  if (typeof notAfter !== "number" || !Number.isSafeInteger(notAfter)) return undefined;
  return { cmdId, name: command, notAfter, ask: askOf(command, fieldsOf(args) ?? {}) };
}

function askOf(name: CommandName, { asset, message, variables }: Fields): Ask | undefined {
  if (name === "SelfTest") return { name };
  if (typeof asset !== "string" || !ASSET.test(asset)) return undefined;
  switch (name) {
    case "GetSnapshot":
      return { name, asset };
    case "TriggerMessage": {
      const trigger = TRIGGERS.find((each) => each === message);
      return trigger === undefined ? undefined : { name, asset, message: trigger };
    }
    case "GetVariables": {
      if (!Array.isArray(variables) || variables.length === 0 || variables.length > MAX_VARIABLES) return undefined;
      const pairs = variables.flatMap((each) => pairOf(each) ?? []);
      return pairs.length === variables.length ? { name, asset, variables: pairs } : undefined;
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const fieldsOf = (value: unknown): Fields | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
