/**
 * Reads the entries of a damaged LMDB file without LMDB: page by page, each checked before it is believed, so that a damaged page
 * costs what was on it and nothing else, and never the process.
 *
 *     header ─▶ trees of the tables ─▶ leaves ─▶ entries
 *     every other leaf that is not on the list of free pages ─▶ entries whose way down was damaged
 *
 * 64-bit little-endian files, as lmdb 3.5 writes them (struct MDB_page, MDB_node, MDB_db, MDB_meta of its mdb.c).
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

export interface FoundEntry {
  /** Undefined where the way down from its table is damaged. */
  readonly table: string | undefined;
  readonly key: string;
  readonly value: Buffer;
}

const MAGIC = 0xbeefc0de;
/** Page header: number, transaction, padding, flags, lower, upper. Offsets on the page count from its end. */
const PAGE = { number: 0, txn: 8, flags: 18, lower: 20, head: 24 } as const;
const META = { magic: 24, pageSize: 48, freeRoot: 88, mainRoot: 136, lastPage: 144, txn: 152 } as const;
const BRANCH = 1;
const LEAF = 2;
const OVERFLOW = 4;
const KIND = BRANCH | LEAF | OVERFLOW | 8;
const NODE_HEAD = 8;
const BIG_DATA = 1;
const SUB_DATA = 2;
/** Root of a table within its record (MDB_db). */
const DB_ROOT = 40;
const DB_BYTES = 48;
const USUAL_PAGE = 4096;
/** Deeper is no tree but damage. */
const DEEPEST = 32;
const LONGEST = 64 * 1024 * 1024;

interface Node {
  readonly flags: number;
  readonly key: Buffer;
  readonly data: Buffer;
  /** Of a branch: the page it leads to. */
  readonly child: number;
}

/** Reads what can be read. @throws only when the file itself cannot be read */
export function readPages(file: string): FoundEntry[] {
  const fd = openSync(file, "r");
  try {
    return new PageReader(fd).entries();
  } finally {
    closeSync(fd);
  }
}

class PageReader {
  readonly #fd: number;
  readonly #size: number;
  readonly #pageSize: number;
  readonly #header: Buffer | undefined;
  /** Transaction of the header. */
  readonly #txn: number;
  /** Pages that a tree led to. */
  readonly #seen = new Set<number>();

  constructor(fd: number) {
    this.#fd = fd;
    this.#size = fstatSync(fd).size;
    const first = this.#bytes(0, 256);
    this.#pageSize = isHeader(first) ? pageSizeOf(first) : USUAL_PAGE;
    const headers = [first, this.#bytes(this.#pageSize, 256)].filter(isHeader);
    // Of two whole ones the later; each describes a whole store.
    this.#header = headers.sort((a, b) => wordAt(b, META.txn) - wordAt(a, META.txn))[0];
    this.#txn = this.#header === undefined ? 0 : wordAt(this.#header, META.txn);
  }

  entries(): FoundEntry[] {
    const found: FoundEntry[] = [];
    const known = new Set<string>();
    const header = this.#header;
    if (header !== undefined) {
      for (const tableNode of this.#leaves(wordAt(header, META.mainRoot))) {
        const { flags, data } = tableNode;
        if ((flags & SUB_DATA) === 0 || data.length < DB_BYTES) continue;
        const table = keyOf(tableNode);
        for (const node of this.#leaves(wordAt(data, DB_ROOT))) {
          const entry = { table, key: keyOf(node), value: node.data };
          found.push(entry);
          known.add(`${entry.table}\0${entry.key}`);
        }
      }
    }
    for (const entry of this.#strays())
      if (!TABLE_NAMES.some((table) => known.has(`${table}\0${entry.key}`))) found.push(entry);
    return found;
  }

  /** Of leaves that no tree led to and that are not free; of several entries with one key the youngest. */
  #strays(): Iterable<FoundEntry> {
    const youngest = new Map<string, { readonly txn: number; readonly entry: FoundEntry }>();
    for (const page of this.#strayLeaves()) {
      const txn = wordAt(page, PAGE.txn);
      for (const node of this.#nodes(page)) {
        const key = keyOf(node);
        const isYounger = (youngest.get(key)?.txn ?? -1) < txn;
        if (isYounger && (node.flags & SUB_DATA) === 0)
          youngest.set(key, { txn, entry: { table: undefined, key, value: node.data } });
      }
    }
    return [...youngest.values()].map(({ entry }) => entry);
  }

  *#strayLeaves(): Iterable<Buffer> {
    const free = this.#freePages();
    for (let no = 2; no * this.#pageSize < this.#size; no += 1) {
      const page = this.#seen.has(no) ? undefined : this.#page(no);
      if (page === undefined || flagsOf(page) !== LEAF) continue;
      // A page that was free for the header that is left may be in use for the one that is lost.
      if (!free.has(no) || wordAt(page, PAGE.txn) > this.#txn) yield page;
    }
  }

  /** Single numbers, and blocks: minus the number of pages, then the first. What cannot be read is taken for not free. */
  #freePages(): Set<number> {
    const free = new Set<number>();
    if (this.#header === undefined) return free;
    for (const { data } of this.#leaves(wordAt(this.#header, META.freeRoot))) {
      for (let at = 8; at + 8 <= data.length; at += 8) {
        const entry = Number(data.readBigInt64LE(at));
        if (entry > 0) free.add(entry);
        else if (entry < 0 && at + 16 <= data.length) {
          at += 8;
          const first = wordAt(data, at);
          for (let i = 0; i < Math.min(-entry, this.#size / this.#pageSize); i += 1) free.add(first + i);
        }
      }
    }
    return free;
  }

  /** Nodes of the leaves below a page, in order. */
  *#leaves(no: number, depth = 0): Iterable<Node> {
    const page = depth > DEEPEST || this.#seen.has(no) ? undefined : this.#page(no);
    if (page === undefined) return;
    this.#seen.add(no);
    if (flagsOf(page) === LEAF) yield* this.#nodes(page);
    else if (flagsOf(page) === BRANCH) for (const { child } of this.#nodes(page)) yield* this.#leaves(child, depth + 1);
  }

  *#nodes(page: Buffer): Iterable<Node> {
    const isBranch = flagsOf(page) === BRANCH;
    const count = page.readUInt16LE(PAGE.lower) >> 1;
    for (let i = 0; i < count && PAGE.head + 2 * i + 2 <= page.length; i += 1) {
      const at = PAGE.head + page.readUInt16LE(PAGE.head + 2 * i);
      if (at + NODE_HEAD > page.length) continue;
      const [lo, hi, flags, keyLength] = [0, 2, 4, 6].map((offset) => page.readUInt16LE(at + offset)) as [
        number,
        number,
        number,
        number,
      ];
      const dataAt = at + NODE_HEAD + keyLength;
      if (dataAt > page.length) continue;
      const key = page.subarray(at + NODE_HEAD, dataAt);
      const size = lo + hi * 65_536;
      if (isBranch) yield { flags, key, data: key, child: size + flags * 2 ** 32 };
      else {
        const data = (flags & BIG_DATA) === 0 ? within(page, dataAt, size) : this.#overflow(page, dataAt, size);
        if (data !== undefined) yield { flags, key, data, child: 0 };
      }
    }
  }

  #overflow(page: Buffer, at: number, size: number): Buffer | undefined {
    if (at + 8 > page.length || size > LONGEST) return undefined;
    const no = wordAt(page, at);
    const head = this.#page(no);
    if (head === undefined || (flagsOf(head) & OVERFLOW) === 0) return undefined;
    const data = this.#bytes(no * this.#pageSize + PAGE.head, size);
    return data.length === size ? data : undefined;
  }

  /** A page that says of itself that it is the one. */
  #page(no: number): Buffer | undefined {
    if (!Number.isSafeInteger(no) || no < 2 || (no + 1) * this.#pageSize > this.#size) return undefined;
    const page = this.#bytes(no * this.#pageSize, this.#pageSize);
    return wordAt(page, PAGE.number) === no ? page : undefined;
  }

  /** Shorter at the end of the file. */
  #bytes(position: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(this.#fd, bytes, 0, length, position));
  }
}

/** Tables in which an entry of unknown table may be known already. */
const TABLE_NAMES = ["records", "receipts", "notes", "dead", "tokens"];

const wordAt = (bytes: Buffer, at: number): number => Number(bytes.readBigUInt64LE(at));

const flagsOf = (page: Buffer): number => page.readUInt16LE(PAGE.flags) & KIND;

const within = (page: Buffer, at: number, size: number): Buffer | undefined =>
  at + size <= page.length ? Buffer.from(page.subarray(at, at + size)) : undefined;

const pageSizeOf = (page: Buffer): number => page.readUInt32LE(META.pageSize);

function isHeader(page: Buffer): boolean {
  if (page.length < META.txn + 8 || page.readUInt32LE(META.magic) !== MAGIC) return false;
  const size = pageSizeOf(page);
  return size >= 512 && size <= 65_536 && (size & (size - 1)) === 0;
}

/** lmdb ends a text with a zero. */
const keyOf = ({ key }: Node): string => key.toString("utf8").replace(/\0+$/, "");
