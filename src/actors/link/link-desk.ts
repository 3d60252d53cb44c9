/**
 * Answers the CSMS's calls about settings of the link that ends here, together with what the station says of the rest.
 *
 *     CSMS ── call ──▶ takes? ─ no ─▶ the station
 *                        └ yes ─▶ ours set, or read ─▶ the rest asked of the station ─▶ one answer ─▶ redial where the link has changed
 */
import type { CsmsConfig } from "../../config/types.ts";
import { epochMs } from "../../domain/ids.ts";
import type { CallFrame, Payload } from "../../domain/ocpp/frame.ts";
import type { OcppVersion } from "../../domain/ocpp/version.ts";
import { type LinkCall, linkCall } from "../../domain/security/link-call.ts";
import { type ReportCall, reportPart, reportRow } from "../../domain/security/link-report.ts";
import { linkVariables } from "../../domain/security/link-variables.ts";
import { passwordBytes } from "../../domain/security/password-text.ts";
import type { Clock, Logger } from "../../ports.ts";
import type { StationConnection } from "../station-connection.ts";
import { ownsLink } from "./link-csms.ts";
import type { Judged, LinkSettings } from "./link-settings.ts";

export interface LinkReply {
  answer(payload: Payload): void;
  /** CALLERROR GenericError. */
  refuse(reason: string): void;
  askStation(action: string, payload: Payload): Promise<Payload>;
  /** A report of the gateway's own, in the station's name; undefined where reports are made elsewhere. */
  tell?: ((action: string, payload: Payload) => void) | undefined;
}

export interface LinkDeskOptions {
  readonly settings: LinkSettings;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Time for an answer to leave before its connection ends. */
const REDIAL_MS = 200;
/** Reports of one station that may be under way. */
const MOST_REPORTS = 4;

type Conn = StationConnection;

export class LinkDesk {
  readonly #options: LinkDeskOptions;
  /** Reports that a station has yet to end, by connection. */
  readonly #reports = new WeakMap<Conn, Map<number, ReportCall>>();

  constructor(options: LinkDeskOptions) {
    this.#options = options;
  }

  /** True when the call is ours, or ours as well: then it is answered here, now or soon. */
  takes(connection: Conn, version: OcppVersion, frame: CallFrame, reply: LinkReply): boolean {
    const { csms } = connection.rule;
    if (csms === undefined || !ACTIONS.has(frame.action)) return false;
    const isOurs = ownsLink(csms);
    if (!isOurs && !SETTING.has(frame.action)) return false;
    const rows = this.#rows(connection, version, csms);
    const call = linkCall(version, frame, isOurs ? rows : rows.filter(({ variable }) => variable === PASSWORD));
    // Where reports are made elsewhere, ours are in them already.
    if (call === undefined || (call.kind === "report" && reply.tell === undefined)) return false;
    this.#answer(connection, csms, version, { frame, call, reply }).catch((error: unknown) => {
      reply.refuse(error instanceof Error ? error.message : "not answered");
    });
    return true;
  }

  #rows(connection: Conn, version: OcppVersion, csms: CsmsConfig) {
    return linkVariables(version, this.#options.settings.factsOf(connection, csms));
  }

  async #answer(
    connection: Conn,
    csms: CsmsConfig,
    version: OcppVersion,
    { frame, call, reply }: { readonly frame: CallFrame; readonly call: LinkCall; readonly reply: LinkReply },
  ): Promise<void> {
    const ask = async (rest: Payload | undefined) => (rest === undefined ? {} : reply.askStation(frame.action, rest));
    switch (call.kind) {
      case "get":
        reply.answer(call.join(await ask(call.rest)));
        return;
      case "profile": {
        const { slot, data } = call;
        const { status, reason } = await this.#options.settings.setNetworkProfile(connection, csms, slot, data);
        reply.answer({ status, ...(reason !== undefined && { statusInfo: { reasonCode: reason } }) });
        return;
      }
      case "set": {
        const judged: Judged[] = [];
        for (const { row, value } of call.sets) {
          const password = passwordBytes(version, value);
          const { access, variable } = row;
          const name = access === "ReadOnly" ? "" : variable;
          judged.push(await this.#options.settings.set(connection, csms, name, value, password));
        }
        try {
          reply.answer(call.join(judged, await ask(call.rest)));
        } finally {
          // Also where the station has not answered: ours is set.
          if (judged.some(({ redial }) => redial === true)) this.#redial(connection);
        }
        return;
      }
      case "report":
        await this.#report(connection, call, frame, reply);
    }
  }

  /** The answer has to leave over the connection that there is. */
  #redial(connection: Conn): void {
    const { clock } = this.#options;
    clock.callAt(epochMs(clock.now() + REDIAL_MS), () => connection.link?.redial());
  }

  async #report(connection: Conn, call: ReportCall, { action, payload }: CallFrame, reply: LinkReply): Promise<void> {
    const reports = this.#reports.get(connection) ?? new Map<number, ReportCall>();
    this.#reports.set(connection, reports);
    // Before the station is asked: its first part may come on the heels of its answer.
    reports.set(call.requestId, call);
    for (const oldest of reports.keys()) if (reports.size > MOST_REPORTS) reports.delete(oldest);
    let found: Payload = { status: "Rejected" };
    try {
      found = await reply.askStation(action, payload);
    } finally {
      if (found["status"] !== "Accepted") reports.delete(call.requestId);
    }
    const isOursAlone = found["status"] === "EmptyResultSet" && call.rows.length > 0;
    reply.answer(isOursAlone ? { status: "Accepted" } : found);
    if (!isOursAlone) return;
    const generatedAt = new Date(this.#options.clock.now()).toISOString();
    const { requestId, rows } = call;
    reply.tell?.("NotifyReport", { requestId, generatedAt, seqNo: 0, tbc: false, reportData: rows.map(reportRow) });
  }

  /** A NotifyReport of the station's as the CSMS has to see it; undefined: as it is. */
  inReport(connection: Conn, { payload }: CallFrame): Payload | undefined {
    const reports = this.#reports.get(connection);
    const call = reports?.get(payload["requestId"] as number);
    const { csms } = connection.rule;
    if (call === undefined || csms === undefined) return undefined;
    if (payload["tbc"] !== true) reports?.delete(call.requestId);
    return reportPart(payload, call.rows, this.#rows(connection, connection.version, csms));
  }

  /** What the device model of a translated station says of the link. */
  valuesOf(connection: Conn, version: OcppVersion): { readonly [name: string]: string } {
    const { csms } = connection.rule;
    if (csms === undefined) return {};
    return Object.fromEntries(
      this.#rows(connection, version, csms).flatMap(({ component, variable, value }) =>
        value === undefined ? [] : [[`${component}.${variable}`, value]],
      ),
    );
  }
}

/** Is for the gateway whatever the link is: a station must not take up what it would never be asked for (field-lessons 31). */
const PASSWORD = "BasicAuthPassword";
const SETTING: ReadonlySet<string> = new Set(["ChangeConfiguration", "SetVariables"]);
const ACTIONS: ReadonlySet<string> = new Set([
  "ChangeConfiguration",
  "GetBaseReport",
  "GetConfiguration",
  "GetReport",
  "GetVariables",
  "SetNetworkProfile",
  "SetVariables",
]);
