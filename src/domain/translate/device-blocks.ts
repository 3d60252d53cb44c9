/** The rules of the device model as blocks of the engine. */
import type { Block } from "./contract.ts";
import { getVariables, variablesRead } from "./device-get-variables.ts";
import { learningBlock } from "./device-learning.ts";
import {
  clearVariableMonitoring,
  getMonitoringReport,
  setMonitoringBase,
  setMonitoringLevel,
  setVariableMonitoring,
} from "./device-monitoring.ts";
import type { DeviceOptions } from "./device-options.ts";
import { getBaseReport, getReport, reportPartTold, reportRead } from "./device-report.ts";
import { setVariables, variableChanged, variablesVerified } from "./device-set-variables.ts";

export const deviceBlocks = (options: DeviceOptions = {}): readonly Block[] => [
  learningBlock,
  {
    from: { csms: { GetVariables: getVariables(options), SetVariables: setVariables(options) } },
    answers: {
      "device.get": variablesRead(options),
      "device.set": variableChanged,
      "device.verified": variablesVerified,
    },
  },
  {
    from: { csms: { GetBaseReport: getBaseReport(options), GetReport: getReport(options) } },
    answers: { "device.report.read": reportRead(options), "device.report.part": reportPartTold(options) },
  },
  {
    from: {
      csms: {
        GetMonitoringReport: getMonitoringReport,
        SetMonitoringBase: setMonitoringBase,
        SetMonitoringLevel: setMonitoringLevel,
        SetVariableMonitoring: setVariableMonitoring(options),
        ClearVariableMonitoring: clearVariableMonitoring,
      },
    },
  },
];
