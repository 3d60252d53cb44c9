import { readPages } from "/work/wt-store/src/actors/lmdb-pages.ts";
const e = readPages(process.argv[2]!); const n: Record<string, number> = {}; for (const x of e) n[String(x.table)] = (n[String(x.table)] ?? 0) + 1; console.log(n, e[0]?.key, JSON.stringify(e[0]?.key), e[0]?.value.subarray(0,30).toString(), e.filter(x=>x.table===undefined).slice(0,3).map(x=>x.key));
