/**
 * Process of its own: well-behaved stations and their CSMS, so that what a test measures of them is not what the test itself
 * costs. Started by good-citizens.ts.
 */
import { setTimeout as pause } from "node:timers/promises";
import { connectStation, type RpcEnd, startScriptedCsms } from "./scripted-rpc.ts";

const STATIONS = 20;
const THINK_MS = 50;
const actions = process.argv.slice(2);

const csms = await startScriptedCsms((_identity, action) =>
  action === "Authorize" ? { idTagInfo: { status: "Accepted" } } : { currentTime: new Date().toISOString() },
);
let latencies: number[] = [];
let failures = 0;
let disconnects = 0;
const ends: RpcEnd[] = [];

async function live(end: RpcEnd, no: number): Promise<void> {
  for (let i = 0; end.isOpen; i += 1) {
    const startedAt = performance.now();
    const action = actions[i % actions.length] ?? "Heartbeat";
    await end.call(action, action === "Authorize" ? { idTag: `TAG${no}` } : {}).then(
      () => latencies.push(performance.now() - startedAt),
      () => {
        failures += 1;
      },
    );
    await pause(THINK_MS * (0.5 + Math.random()));
  }
}

async function connectAll(url: string): Promise<void> {
  for (let no = 0; no < STATIONS; no += 1) {
    const end = await connectStation(`${url}/GOOD-${no}`, "ocpp1.6", () => ({}));
    ends.push(end);
    void end.closed.then(() => {
      disconnects += 1;
    });
    void live(end, no);
  }
}

process.on("message", async (request: { readonly connect?: string; readonly report?: true }) => {
  if (request.connect !== undefined) {
    await connectAll(request.connect);
    process.send?.({ connected: STATIONS });
    return;
  }
  const sorted = latencies.sort((a, b) => a - b);
  const quantile = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
  process.send?.({
    count: sorted.length,
    p50: quantile(0.5),
    p99: quantile(0.99),
    max: quantile(1),
    failures,
    disconnects,
  });
  latencies = [];
});
// Ends with its parent.
process.on("disconnect", () => process.exit());
process.send?.({ csmsUrl: csms.url });
