/** What can be measured: something that stations connect to and that ends at the CSMS double. */

export type SubjectName = "direct" | "ws" | "ocpp-rpc" | "nginx" | "twinlane" | "twinlane-unspooled";

export interface SubjectContext {
  /** `ws://host:port` of the CSMS double. */
  readonly csmsUrl: string;
  /** Directory for configuration, logs and data. Emptied by nobody but its owner. */
  readonly workDir: string;
}

export interface RunningSubject {
  readonly name: SubjectName;
  /** Where stations connect; the identity is appended. */
  readonly url: string;
  /** Its processes: their CPU time and memory are the subject's. */
  readonly pids: readonly number[];
  /** Collects its garbage, where it was started so that it can be told to. */
  collect?(): void;
  /** Its metrics in Prometheus's text format, where it has any. */
  metrics?(): Promise<string>;
  stop(): Promise<void>;
}

export interface Subject {
  readonly name: SubjectName;
  /** Why it cannot run here; undefined when it can. */
  readonly missing: string | undefined;
  start(context: SubjectContext): Promise<RunningSubject>;
}
