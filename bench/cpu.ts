/** CPU time and memory of other processes, from `/proc` (Linux). */
import { readdirSync, readFileSync } from "node:fs";

/** `USER_HZ`: what `/proc/<pid>/stat` counts in. 100 on every Linux that Node supports. */
const TICKS_PER_SEC = 100;
const UTIME_FIELD = 11;

/** CPU milliseconds (user and system, all threads) that a process has used; 0 when it is gone. */
export function cpuMsOf(pid: number): number {
  const stat = readProc(`/proc/${pid}/stat`);
  // The command's name is in parentheses and may hold spaces: count fields from behind it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[UTIME_FIELD] ?? 0) + Number(fields[UTIME_FIELD + 1] ?? 0);
  return (ticks * 1000) / TICKS_PER_SEC;
}

/** Resident memory in KiB; 0 when the process is gone. */
export function rssKibOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readProc(`/proc/${pid}/status`))?.[1] ?? 0);
}

/** The process and everything it started. */
export function familyOf(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readProc(`/proc/${name}/stat`);
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] ?? 0);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const family: number[] = [];
  const visit = (member: number) => {
    family.push(member);
    for (const child of children.get(member) ?? []) visit(child);
  };
  visit(pid);
  return family;
}

function readProc(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
