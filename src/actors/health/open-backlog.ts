/** What waits for the link: in memory, and on disk where the configuration has one. */
import { Backlog } from "./backlog.ts";
import type { PublisherOptions } from "./publisher-options.ts";
import type { SpoolState } from "./spool/health-spool.ts";

export function openBacklog({ boot, log, wallClock, onProgress }: PublisherOptions): Backlog {
  const { config, tuning, bootId, spoolDirectory: directory } = boot;
  return new Backlog({
    memory: { messages: config.queueCapacity, bytes: tuning.queueBytes },
    boot: bootId,
    spool:
      directory === undefined || !config.spool.enabled
        ? undefined
        : {
            directory,
            maxBytes: config.spool.maxBytes,
            wallClock,
            ...(onProgress !== undefined && { onProgress }),
            onState: (state: SpoolState, reason: string) =>
              log(state === "ok" ? "warn" : "error", { state, reason }, "health spool"),
          },
  });
}
