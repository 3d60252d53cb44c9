import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createActor, fromCallback, fromPromise } from "xstate";
import { type EpochMs, epochMs, type KeyId, keyId } from "../../src/domain/ids.ts";
import type { Credential } from "../../src/domain/pki/credential.ts";
import { type PkiPolicy, pkiPolicy } from "../../src/domain/pki/policy.ts";
import {
  type CertificateActor,
  type CertificateEvent,
  certificateMachine,
  type RequestAnswer,
} from "../../src/machines/certificate.machine.ts";
import { type CertificateContext, credentialOf, keysOf } from "../../src/machines/certificate-context.ts";

const DAY = 86_400_000;
const never = new Promise<void>(() => undefined);

/** Timers and I/O are the test's own. */
const logic = certificateMachine.provide({
  actors: {
    deadline: fromCallback(() => undefined),
    makeRequest: fromCallback(() => undefined),
    sendRequest: fromCallback(() => undefined),
    switchOver: fromPromise(() => never),
  },
});

type Bare<E> = E extends unknown ? Omit<E, "at"> : never;

/**
 * A station with its disk, its key store and its CSMS. The disk lags: what happens between a step and its writing is lost in a crash,
 * and I/O goes by what was written.
 */
class Station {
  readonly policy: PkiPolicy;
  readonly keys = new Set<KeyId>();
  readonly told: string[] = [];
  /** Keys whose certificates the CSMS lets in; `null` is what the configuration gives. */
  readonly letIn = new Set<KeyId | null>([null]);
  actor: CertificateActor;
  now = epochMs(Date.UTC(2026, 0, 1));
  written: string;
  #made = 0;

  constructor(policy: PkiPolicy) {
    this.policy = policy;
    this.actor = this.#run();
    this.written = this.#snapshot();
  }

  get context(): CertificateContext {
    return this.actor.getSnapshot().context;
  }

  get state(): string {
    return String(this.actor.getSnapshot().value);
  }

  get disk(): { readonly value: string; readonly context: CertificateContext } {
    return JSON.parse(this.written);
  }

  get isWritten(): boolean {
    return this.written === this.#snapshot();
  }

  send(event: Bare<CertificateEvent>): void {
    this.actor.send({ ...event, at: this.now } as CertificateEvent);
  }

  /** Writes the step down, then destroys the keys that it does not name. */
  write(): void {
    this.written = this.#snapshot();
    if (this.state === "keying") return;
    const named = keysOf(this.disk.context);
    for (const key of this.keys) if (!named.has(key)) this.keys.delete(key);
  }

  crash(): void {
    this.actor.stop();
    this.actor = this.#run(JSON.parse(this.written));
    this.write();
  }

  key(): KeyId {
    this.#made += 1;
    const key = keyId(`k${this.#made}`);
    this.keys.add(key);
    return key;
  }

  /** A new key, its request sent and accepted. */
  request(): KeyId {
    this.send({ type: "request.wanted" });
    this.write();
    const key = this.key();
    this.send({ type: "request.made", request: { keyId: key, spki: key, csr: `csr ${key}` } });
    this.write();
    this.send({ type: "request.answered", status: "Accepted" });
    this.write();
    return key;
  }

  credential(key: KeyId, notAfter: EpochMs = epochMs(this.now + 90 * DAY)): Credential {
    return { keyId: key, chain: "pem", fingerprint: key, notBefore: epochMs(this.now - DAY), notAfter };
  }

  sign(key: KeyId): void {
    this.send({ type: "certificate.signed", credential: this.credential(key) });
    this.write();
  }

  /** Dials once, with what is on disk. */
  dial(): KeyId | null {
    const key = credentialOf(this.disk.context)?.keyId ?? null;
    assert.ok(key === null || this.keys.has(key), "a certificate without its key is no certificate");
    if (this.letIn.has(key)) this.send({ type: "link.worked", keyId: key });
    else this.send({ type: "link.refused" });
    return key;
  }

  #run(snapshot?: never): CertificateActor {
    const options = { input: { policy: this.policy, at: this.now } };
    const actor = createActor(logic, snapshot === undefined ? options : { ...options, snapshot });
    for (const type of ["certificate.committed", "certificate.discarded", "request.exhausted"] as const)
      actor.on(type, () => this.told.push(type));
    return actor.start();
  }

  #snapshot(): string {
    return JSON.stringify(this.actor.getPersistedSnapshot());
  }
}

const station = (version: "ocpp1.6" | "ocpp2.0.1" = "ocpp2.0.1") => new Station(pkiPolicy(version));

test("A02 - a certificate that the CSMS has signed is tried, and kept once it has worked", () => {
  const tried = station();
  const key = tried.request();
  assert.is(tried.state, "awaiting");
  tried.sign(key);
  assert.is(tried.state, "trial");
  tried.letIn.add(key);
  assert.is(tried.dial(), key);
  assert.equal([tried.state, tried.context.active?.keyId, tried.context.candidate], ["idle", key, null]);
  assert.equal(tried.told, ["certificate.committed"]);
});

test("A02.FR.28 - a new certificate that is refused three times makes way for the old one, and is given up when that works", () => {
  const tried = station();
  const key = tried.request();
  tried.sign(key);
  const dialled = Array.from({ length: 4 }, () => {
    const used = tried.dial();
    tried.write();
    return used;
  });
  assert.equal(dialled, [key, key, key, null]);
  assert.equal([tried.state, tried.context.active, tried.context.candidate], ["idle", null, null]);
  assert.equal(tried.told, ["certificate.discarded"]);
  assert.equal([...tried.keys], []);
});

test("while neither works, both are tried by turns", () => {
  const tried = station();
  tried.letIn.clear();
  const key = tried.request();
  tried.sign(key);
  const dialled = Array.from({ length: 7 }, () => {
    const used = tried.dial();
    tried.write();
    return used;
  });
  assert.equal(dialled, [key, key, key, null, key, null, key]);
  assert.is(tried.state, "trial");
});

test("an answer that still comes over the old connection does not decide the trial", () => {
  const tried = station();
  tried.sign(tried.request());
  tried.send({ type: "link.worked", keyId: null });
  assert.is(tried.state, "trial");
});

test("A02.FR.17 to FR.19 - a request without a certificate is repeated three times, each wait twice as long, with the same key", () => {
  const tried = station();
  tried.request();
  const waits: number[] = [];
  for (let i = 0; i < 3; i += 1) {
    waits.push(tried.context.wakeAt - tried.now);
    tried.now = tried.context.wakeAt;
    tried.send({ type: "wait.over" });
    assert.is(tried.state, "asking");
    tried.send({ type: "request.answered", status: "Accepted" });
  }
  waits.push(tried.context.wakeAt - tried.now);
  assert.equal(waits, [30_000, 60_000, 120_000, 240_000]);
  tried.send({ type: "wait.over" });
  assert.equal([tried.state, tried.told, tried.keys.size], ["idle", ["request.exhausted"], 1]);
});

test("security extension A02 - in 1.6 a request is not repeated by itself", () => {
  const tried = station("ocpp1.6");
  tried.request();
  tried.send({ type: "wait.over" });
  assert.is(tried.state, "idle");
});

test("a trigger while a request waits sends the same request again; after a refused certificate it makes a new key", () => {
  const tried = station();
  tried.request();
  tried.send({ type: "request.wanted" });
  assert.equal([tried.state, tried.context.pending.length], ["asking", 1]);
  tried.send({ type: "request.answered", status: "Accepted" });
  tried.send({ type: "certificate.refused" });
  assert.is(tried.state, "idle", "A02.FR.20: not asked again by itself");
  tried.send({ type: "request.wanted" });
  assert.is(tried.state, "keying");
});

test("a request that the CSMS rejects ends there, and its key is kept for the next trigger", () => {
  const tried = station();
  tried.send({ type: "request.wanted" });
  const key = tried.key();
  tried.send({ type: "request.made", request: { keyId: key, spki: key, csr: "csr" } });
  tried.send({ type: "request.answered", status: "Rejected" });
  tried.write();
  assert.equal([tried.state, [...tried.keys]], ["idle", [key]]);
  tried.send({ type: "request.wanted" });
  assert.is(tried.state, "asking");
});

test("a certificate that comes long after the last repetition is still taken", () => {
  const tried = station();
  const key = tried.request();
  for (let i = 0; i < 8; i += 1)
    tried.send(i % 2 === 0 ? { type: "wait.over" } : { type: "request.answered", status: "none" });
  assert.is(tried.state, "idle");
  tried.sign(key);
  assert.is(tried.state, "trial");
});

test("A03 - a certificate is renewed a month before its end, also when the gateway was down at that time", () => {
  const tried = station();
  const key = tried.request();
  tried.letIn.add(key);
  tried.sign(key);
  tried.dial();
  tried.write();
  const { notAfter = 0 } = tried.context.active ?? {};
  assert.is(tried.context.wakeAt, notAfter - 30 * DAY);
  tried.now = epochMs(notAfter - 20 * DAY);
  tried.crash();
  tried.send({ type: "wait.over" });
  assert.is(tried.state, "keying");
});

test("in 1.6 the certificate before is a way back for a month, and then goes", () => {
  const tried = station("ocpp1.6");
  const first = tried.request();
  tried.letIn.add(first);
  tried.sign(first);
  tried.dial();
  tried.write();
  const next = tried.request();
  tried.letIn.add(next);
  tried.sign(next);
  tried.dial();
  tried.write();
  assert.equal([tried.context.active?.keyId, tried.context.previous?.keyId], [next, first]);
  tried.letIn.delete(next);
  for (let i = 0; i < 4; i += 1) {
    tried.dial();
    tried.write();
  }
  assert.equal([tried.context.active?.keyId, tried.context.previous], [first, null]);
});

test("a key that cannot be made is told, and the old certificate stays", () => {
  const tried = station();
  tried.send({ type: "request.wanted" });
  tried.send({ type: "request.failed" });
  assert.is(tried.state, "idle");
});

/** Those whose CSMS lets nobody in any more with a certificate before the one that has worked. */
const strict = new WeakSet<Station>();

const answer = (tried: Station, status: RequestAnswer): void => {
  if (tried.state === "asking" && tried.isWritten) tried.send({ type: "request.answered", status });
};

/** What may happen; I/O only when the step it belongs to has been written. */
const COMMANDS: Readonly<Record<string, (tried: Station, lucky: boolean) => void>> = {
  want: (tried) => tried.send({ type: "request.wanted" }),
  made: (tried) => {
    if (tried.state !== "keying" || !tried.isWritten) return;
    const key = tried.key();
    tried.send({ type: "request.made", request: { keyId: key, spki: key, csr: key } });
  },
  failed: (tried) => {
    if (tried.state === "keying") tried.send({ type: "request.failed" });
  },
  accepted: (tried) => answer(tried, "Accepted"),
  rejected: (tried) => answer(tried, "Rejected"),
  silent: (tried) => answer(tried, "none"),
  signed: (tried, lucky) => {
    const [request] = tried.context.pending;
    if (request === undefined || !tried.isWritten) return;
    // The CSMS may sign a certificate that it will not let in.
    if (lucky) tried.letIn.add(request.keyId);
    tried.send({ type: "certificate.signed", credential: tried.credential(request.keyId) });
  },
  bad: (tried) => tried.send({ type: "certificate.refused" }),
  dial: (tried) => {
    const used = tried.dial();
    if (!strict.has(tried) || used === null || !tried.letIn.has(used)) return;
    tried.letIn.clear();
    tried.letIn.add(used);
  },
  wait: (tried) => {
    tried.now = epochMs(tried.now + 20 * DAY);
    tried.send({ type: "wait.over" });
  },
  write: (tried) => tried.write(),
  crash: (tried) => tried.crash(),
  strict: (tried) => void strict.add(tried),
};

/** What renewals are made of comes more often. */
const DRAWN = [
  ...Object.keys(COMMANDS),
  "want",
  "made",
  "accepted",
  "signed",
  "signed",
  "dial",
  "dial",
  "write",
  "write",
  "write",
];

test("whatever happens and wherever it crashes, the station ends with a certificate that works, and its key", () => {
  const steps = fc.array(fc.tuple(fc.constantFrom(...DRAWN), fc.boolean()), {
    minLength: 5,
    maxLength: 60,
    size: "max",
  });
  fc.assert(
    fc.property(fc.constantFrom("ocpp1.6", "ocpp2.0.1"), steps, (version, commands) => {
      const tried = station(version as "ocpp1.6" | "ocpp2.0.1");
      for (const [command, lucky] of commands) COMMANDS[command]?.(tried, lucky);
      tried.crash();
      let used: KeyId | null = null;
      const isIn = Array.from({ length: 8 }, () => {
        used = tried.dial();
        tried.write();
        return tried.letIn.has(used);
      }).some(Boolean);
      assert.ok(isIn);
      assert.ok(tried.letIn.has(used), "and it stays in");
      tried.actor.stop();
    }),
    { numRuns: 300 },
  );
});

test.run();
