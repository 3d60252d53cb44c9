/**
 * Certificates: whose they are decides where they go.
 *
 * | certificate                                   | of                    | goes to                                                        |
 * | --------------------------------------------- | --------------------- | -------------------------------------------------------------- |
 * | ChargingStationCertificate, CSMSRootCertificate | the gateway's link to the CSMS | the gateway, before they come here (`csms.certificates`); where that is not configured, nobody: refused |
 * | ManufacturerRootCertificate                   | the station           | the station, by the security extension                         |
 * | V2G…, MORootCertificate                       | the station's ISO 15118 | the station, through DataTransfer (`plug-and-charge.ts`)     |
 * | V2G20Certificate, OEMRootCertificate (2.1)    | –                     | nobody: no message of 1.6 carries them; refused                |
 *
 * A DeleteCertificate says no type: the station is asked by the security extension, and through DataTransfer when it has not found it.
 * GetInstalledCertificateIds asks 1.6 for one type at a time, and puts the answers together.
 *
 * SignCertificate of the station is for its link to the gateway: Rejected, never sent to the CSMS (Part 4 §6.5). The gateway's own, for its
 * link to the CSMS, is sent.
 *
 * @see OCPP 2.0.1 A02, M03–M05; security extension edition 3 §5
 */
import type { Payload } from "../ocpp/frame.ts";
import { compact, objectAt, objectsAt, pick, rowOf, textAt } from "./command-fields.ts";
import {
  answer,
  askStation,
  type CommandJob,
  commandJob,
  jobFor,
  reason,
  relayStatus,
  say,
  statusOf,
} from "./command-kit.ts";
import type { AnswerRule, Asked, Block, CallRule, Env, Step, TranslationState } from "./contract.ts";
import { reasonOf } from "./errors.ts";
import { askThrough, ownAnswered } from "./own-calls.ts";
import { insideTunnel, throughTunnel } from "./plug-and-charge.ts";

type Home = "gateway" | "station" | "tunnel" | "nowhere";

/** By certificate use; the names of signed and of installed certificates do not overlap. */
const HOMES: { readonly [certificateType: string]: Home } = {
  ChargingStationCertificate: "gateway",
  CSMSRootCertificate: "gateway",
  ManufacturerRootCertificate: "station",
  V2GCertificate: "tunnel",
  V2GCertificateChain: "tunnel",
  V2GRootCertificate: "tunnel",
  MORootCertificate: "tunnel",
  V2G20Certificate: "nowhere",
  OEMRootCertificate: "nowhere",
};

/** Where a certificate of this type can really be sent. */
function homeOf(type: string, { capabilities }: TranslationState, { settings }: Env): Home {
  const home = rowOf(HOMES, type) ?? "nowhere";
  if (home === "station" && !capabilities.hasSecurityExtension) return "nowhere";
  return home === "tunnel" && settings.plugAndCharge !== true ? "nowhere" : home;
}

/** 1.6 takes 5 500 characters; 2.1 has 10 000. */
const LONGEST_CERTIFICATE = 5_500;

const install: CallRule<TranslationState> = (state, asked, env) => {
  const certificateType = textAt(asked.payload, "certificateType") ?? "";
  const certificate = textAt(asked.payload, "certificate") ?? "";
  const home = homeOf(certificateType, state, env);
  if (home === "gateway" || home === "nowhere") return say(state, asked, "Rejected", reason("UnsupportedRequest"));
  if (certificate.length > LONGEST_CERTIFICATE) return say(state, asked, "Rejected", reason("TooLargeElement"));
  const call = { action: "InstallCertificate", payload: { certificateType, certificate } };
  if (home === "tunnel") {
    return throughTunnel(state, { ...call, job: jobFor("certificates.tunnelledInstall", asked) }, installed, env);
  }
  return askStation(state, { ...call, job: jobFor("certificates.installed", asked) }, installed, env);
};

const installed: AnswerRule<TranslationState> = (state, job, outcome) =>
  relayStatus(state, job, outcome, { known: ["Accepted", "Rejected", "Failed"], otherwise: "Rejected" });

const signed: CallRule<TranslationState> = (state, asked, env) => {
  const certificateType = textAt(asked.payload, "certificateType") ?? "ChargingStationCertificate";
  if (homeOf(certificateType, state, env) !== "tunnel")
    return say(state, asked, "Rejected", reason("UnsupportedRequest"));
  const payload = pick(asked.payload, ["certificateChain", "certificateType"]);
  const call = { action: "CertificateSigned", payload, job: jobFor("certificates.signed", asked) };
  return throughTunnel(state, call, signedAnswered, env);
};

const signedAnswered: AnswerRule<TranslationState> = (state, job, outcome) =>
  relayStatus(state, job, outcome, { known: ["Accepted", "Rejected"], otherwise: "Rejected" });

// --- deleting ---------------------------------------------------------------------------------------------------------

interface Deleting extends CommandJob {
  readonly certificateHashData: Payload;
}

const HASH_FIELDS = ["hashAlgorithm", "issuerNameHash", "issuerKeyHash", "serialNumber"];
const hashOf = (payload: Payload): Payload => pick(objectAt(payload, "certificateHashData") ?? {}, HASH_FIELDS);

const remove: CallRule<TranslationState> = (state, asked, env) => {
  const certificateHashData = hashOf(asked.payload);
  const job: Deleting = { ...jobFor("certificates.deleted", asked), certificateHashData };
  if (!state.capabilities.hasSecurityExtension) return removeThroughTunnel(state, job, env);
  const call = { action: "DeleteCertificate", payload: { certificateHashData }, job };
  return askStation(state, call, removed, env);
};

function removeThroughTunnel(state: TranslationState, { ref, certificateHashData }: Deleting, env: Env) {
  if (env.settings.plugAndCharge !== true) return say(state, { ref }, "NotFound");
  const job = { kind: "certificates.tunnelledDelete", ref };
  return throughTunnel(
    state,
    { action: "DeleteCertificate", payload: { certificateHashData }, job },
    removedForGood,
    env,
  );
}

const removed: AnswerRule<TranslationState> = (state, job, outcome, env) =>
  statusOf(outcome) === "NotFound"
    ? removeThroughTunnel(state, commandJob(job) as Deleting, env)
    : removedForGood(state, job, outcome, env);

const removedForGood: AnswerRule<TranslationState> = (state, job, outcome) =>
  relayStatus(state, job, outcome, { known: ["Accepted", "Failed", "NotFound"], otherwise: "Failed" });

// --- listing ----------------------------------------------------------------------------------------------------------

interface Listing extends CommandJob {
  readonly toTunnel: readonly string[];
  readonly found: readonly Payload[];
}

const ALL_TYPES = ["ManufacturerRootCertificate", "V2GRootCertificate", "MORootCertificate", "V2GCertificateChain"];

const list: CallRule<TranslationState> = (state, asked, env) => {
  const asksFor = asked.payload["certificateType"];
  const types: readonly string[] = Array.isArray(asksFor) ? asksFor : ALL_TYPES;
  const toTunnel = types.filter((type) => homeOf(type, state, env) === "tunnel");
  const toStation = types.some((type) => homeOf(type, state, env) === "station");
  return toStation ? listManufacturer(state, asked, toTunnel, env) : listThroughTunnel(state, asked, toTunnel, [], env);
};

function listManufacturer(state: TranslationState, asked: Asked, toTunnel: readonly string[], env: Env) {
  const job: Listing = { ...jobFor("certificates.listed", asked), toTunnel, found: [] };
  const payload = { certificateType: "ManufacturerRootCertificate" };
  return askStation(state, { action: "GetInstalledCertificateIds", payload, job }, listed, env);
}

/** 1.6 answers a flat list of the one type; 2.0.1 wraps each, with its type. */
const listed: AnswerRule<TranslationState> = (state, job, outcome, env) => {
  const { ref, toTunnel } = commandJob(job) as Listing;
  if (outcome.kind !== "result" && toTunnel.length === 0) return say(state, { ref }, "NotFound", reasonOf(outcome));
  const hashes =
    outcome.kind === "result" && statusOf(outcome) === "Accepted"
      ? objectsAt(outcome.payload, "certificateHashData")
      : [];
  const found = hashes.map((hash) => ({
    certificateType: "ManufacturerRootCertificate",
    certificateHashData: pick(hash, HASH_FIELDS),
  }));
  return listThroughTunnel(state, { ref }, toTunnel, found, env);
};

function listThroughTunnel(
  state: TranslationState,
  { ref }: { readonly ref: string },
  certificateType: readonly string[],
  found: readonly Payload[],
  env: Env,
): Step<TranslationState> {
  if (certificateType.length === 0) return sayFound(state, ref, found);
  const job: Listing = { kind: "certificates.tunnelledList", ref, toTunnel: [], found };
  const call = { action: "GetInstalledCertificateIds", payload: { certificateType }, job };
  return throughTunnel(state, call, listedInTunnel, env);
}

const listedInTunnel: AnswerRule<TranslationState> = (state, job, outcome) => {
  const { ref, found } = commandJob(job) as Listing;
  const chains = outcome.kind === "result" ? objectsAt(outcome.payload, "certificateHashDataChain") : [];
  return sayFound(state, ref, [...found, ...chains.map(chainOf)]);
};

function chainOf(chain: Payload): Payload {
  const children = objectsAt(chain, "childCertificateHashData").map((hash) => pick(hash, HASH_FIELDS));
  return compact({
    certificateType: chain["certificateType"],
    certificateHashData: hashOf(chain),
    childCertificateHashData: children.length > 0 ? children : undefined,
  });
}

function sayFound(state: TranslationState, ref: string, found: readonly Payload[]): Step<TranslationState> {
  if (found.length === 0) return say(state, { ref }, "NotFound");
  return answer(state, { ref }, { status: "Accepted", certificateHashDataChain: found });
}

const sign: CallRule<TranslationState> = (state, asked) => {
  if (asked.own !== true) return say(state, asked, "Rejected");
  const payload = { csr: asked.payload["csr"], certificateType: "ChargingStationCertificate" };
  return askThrough(state, { action: "SignCertificate", payload, ref: asked.ref });
};

export const certificates: Block = {
  from: {
    csms: {
      InstallCertificate: install,
      CertificateSigned: signed,
      DeleteCertificate: remove,
      GetInstalledCertificateIds: list,
    },
    station: { SignCertificate: sign },
  },
  answers: {
    "own.answered": ownAnswered,
    "certificates.installed": installed,
    "certificates.tunnelledInstall": insideTunnel(installed),
    "certificates.signed": insideTunnel(signedAnswered),
    "certificates.deleted": removed,
    "certificates.tunnelledDelete": insideTunnel(removedForGood),
    "certificates.listed": listed,
    "certificates.tunnelledList": insideTunnel(listedInTunnel),
  },
};
