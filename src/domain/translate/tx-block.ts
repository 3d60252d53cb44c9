/** Transactions, connectors and tokens of a 1.6 station, as one block of the translation. */

import { bootAnswer, bootRule, heartbeatRule, heartbeatWake } from "./boot.ts";
import type { Block, TranslationState } from "./contract.ts";
import { meterValuesRule } from "./meter-values.ts";
import { linkDown, linkUp } from "./outage.ts";
import { statusRule, statusTold, tellStatuses } from "./status.ts";
import { progressWake } from "./status-progress.ts";
import { authorizeAnswer, authorizeRule } from "./tx-authorize.ts";
import { deauthorisedAnswer, deauthoriseWake } from "./tx-deauthorise.ts";
import type { TxOptions } from "./tx-options.ts";
import {
  remoteStartAnswer,
  remoteStopAnswer,
  requestStartRule,
  requestStopRule,
  transactionStatusRule,
} from "./tx-remote.ts";
import { startedAnswer, startRule } from "./tx-start.ts";
import { deliveredAnswer, endedAnswer, stopRule, stopUnanswered } from "./tx-stop.ts";

export const txBlock = (options: TxOptions = {}): Block<TranslationState> => ({
  from: {
    station: {
      Authorize: authorizeRule(options),
      BootNotification: bootRule(options),
      Heartbeat: heartbeatRule(options),
      MeterValues: meterValuesRule(options),
      StartTransaction: startRule(options),
      StatusNotification: statusRule(options),
      StopTransaction: stopRule(options),
    },
    csms: {
      GetTransactionStatus: transactionStatusRule(options),
      RequestStartTransaction: requestStartRule(options),
      RequestStopTransaction: requestStopRule(options),
    },
  },
  links: { up: linkUp(options), down: linkDown(options) },
  answers: {
    "tx.authorize": authorizeAnswer(options),
    "tx.boot": bootAnswer(options),
    "tx.deauthorised": deauthorisedAnswer(options),
    "tx.delivered": deliveredAnswer(options),
    "tx.ended": endedAnswer(options),
    "tx.remoteStart": remoteStartAnswer(options),
    "tx.remoteStop": remoteStopAnswer(options),
    "tx.started": startedAnswer(options),
    "tx.statusTold": statusTold(options),
  },
  wakes: {
    "tx.deauthorise": deauthoriseWake(options),
    "tx.heartbeat": heartbeatWake(options),
    "tx.progress": progressWake(options),
    "tx.stopUnanswered": stopUnanswered(options),
    "tx.tellStatuses": tellStatuses(options),
  },
});
