import { checkModel } from "./property.ts";

const [seed, runs, path] = process.argv.slice(2);
const t = performance.now();
let n = 0,
  tx = 0,
  kills = 0;
try {
  await checkModel({
    runs: Number(runs ?? 200),
    seed: Number(seed),
    ...(path ? { path } : {}),
    onRun: (w) => {
      n++;
      kills += w.kills;
      for (const s of w.stations) tx += s.truth.transactions.length;
    },
  });
  console.log("OK", n, tx, kills, performance.now() - t);
} catch (e) {
  console.log(String((e as Error).message).slice(0, 3000));
  console.log(n, performance.now() - t);
  process.exitCode = 1;
}
