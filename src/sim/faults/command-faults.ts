/** Configuration keys, tokens and errors that are not handled as 1.6 says. */
import { isPayload, textAt } from "../wire.ts";
import { type Fault, rewriting } from "./fault.ts";

/** What it rather has not been asked. */
const DISLIKED = ["ClearCache", "UnlockConnector", "DataTransfer", "TriggerMessage"];

const cased: Readonly<Record<string, (text: string) => string>> = {
  Authorize: (text) => text,
  StartTransaction: (text) => text.toLowerCase(),
  StopTransaction: (text) => text.toUpperCase(),
};

export const COMMAND_FAULTS: readonly Fault[] = [
  {
    name: "all-keys",
    does: "answers every key to GetConfiguration, whatever was asked for",
    evidence: "common",
    hooks: () => ({ answer: ({ action }, _station, next) => (action === "GetConfiguration" ? next({}) : next()) }),
  },
  {
    name: "numbers-as-values",
    does: "answers GetConfiguration with numbers and truth values instead of text",
    evidence: "firmware that serialises its variables as they are",
    hooks: () => ({
      answer: ({ action }, _station, next) => {
        const reply = next();
        if (action !== "GetConfiguration" || !("result" in reply)) return reply;
        const { configurationKey } = reply.result;
        if (!Array.isArray(configurationKey)) return reply;
        return { result: { ...reply.result, configurationKey: configurationKey.map(plain) } };
      },
    }),
  },
  {
    name: "not-applied",
    does: "accepts ChangeConfiguration, and changes nothing",
    evidence: "stations that apply changes after a reboot, and say Accepted instead of RebootRequired",
    hooks: () => ({
      answer: ({ action }, _station, next) =>
        action === "ChangeConfiguration" ? { result: { status: "Accepted" } } : next(),
    }),
  },
  {
    name: "tag-case",
    does: "changes the case of idTags from message to message",
    evidence: "1.6 compares idTags without case",
    hooks: rewriting(Object.keys(cased), (payload, action) => {
      const idTag = textAt(payload, "idTag");
      return idTag === undefined ? payload : { ...payload, idTag: cased[action]?.(idTag) ?? idTag };
    }),
  },
  {
    name: "padded-tags",
    does: "sends idTags with blanks and NULs behind them",
    evidence: "card readers with buffers of a fixed size",
    hooks: rewriting(["Authorize", "StartTransaction", "StopTransaction"], (payload, action) => {
      const idTag = textAt(payload, "idTag");
      const padding = action === "Authorize" ? "  " : "\u0000";
      return idTag === undefined ? payload : { ...payload, idTag: `${idTag}${padding}`.slice(0, 20) };
    }),
  },
  {
    name: "prose-errors",
    does: "answers commands it dislikes with CALLERRORs whose code is prose",
    evidence: "stations that put an exception's text there",
    hooks: () => {
      let count = 0;
      return {
        answer: ({ action }, _station, next) => {
          if (!DISLIKED.includes(action)) return next();
          count += 1;
          const error = count % 2 === 1 ? "FormationViolation" : "Sorry, this message cannot be handled at the moment";
          return { error, description: `could not handle ${action}` };
        },
      };
    },
  },
];

function plain(key: unknown): unknown {
  if (!isPayload(key) || typeof key["value"] !== "string") return key;
  const { value } = key;
  if (/^\d+$/.test(value)) return { ...key, value: Number(value) };
  return value === "true" || value === "false" ? { ...key, value: value === "true" } : key;
}
