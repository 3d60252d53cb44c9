/** Small rules: PEM, renewal, choice of certificate, reasons of lost links, calls of the CSMS. */
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type EpochMs, epochMs, messageId } from "../../../src/domain/ids.ts";
import { certificateCall } from "../../../src/domain/pki/certificate-call.ts";
import { choose } from "../../../src/domain/pki/credential.ts";
import { linkFault } from "../../../src/domain/pki/link-fault.ts";
import { readPem, writePem } from "../../../src/domain/pki/pem.ts";
import { renewAt, repeatAfterMs } from "../../../src/domain/pki/renewal.ts";

const DAY = 86_400_000;
const at = (days: number): EpochMs => epochMs(days * DAY);

test("what is written as PEM is read back, block after block", () => {
  const blocks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300, size: "max" }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(blocks, (ders) => {
      const read = readPem(ders.map((der) => writePem("CERTIFICATE", der)).join("\n"));
      assert.equal(
        read.ok && read.value.map(({ der }) => [...der]),
        ders.map((der) => [...der]),
      );
    }),
  );
});

test("A03 - a certificate is due at 30, 14, 7, 3 and 1 days before its end, then daily", () => {
  const life = { notBefore: at(0), notAfter: at(365) };
  const due: number[] = [];
  for (let now = at(0); due.length < 8; now = epochMs((due.at(-1) ?? 0) * DAY)) due.push(renewAt(life, now) / DAY);
  assert.equal(due, [335, 351, 358, 362, 364, 365, 366, 367]);
});

test("a certificate that lives for days is due in the last third of its life", () => {
  assert.is(renewAt({ notBefore: at(0), notAfter: at(9) }, at(0)), at(6));
  assert.is(renewAt({ notBefore: at(0), notAfter: at(90) }, at(0)), at(60));
});

test("a renewal is always in the future, and never more than a day away once the certificate is over", () => {
  const days = fc.integer({ min: 1, max: 4000 });
  fc.assert(
    fc.property(days, fc.integer({ min: -50, max: 5000 }), (life, now) => {
      const next = renewAt({ notBefore: at(0), notAfter: at(life) }, at(now));
      assert.ok(next > at(now));
      if (now >= life) assert.ok(next <= at(now + 1));
      else assert.ok(next < at(life) || next <= at(now + 1));
    }),
  );
});

test("A02.FR.17 - each repetition waits twice as long", () =>
  assert.equal(
    [0, 1, 2].map((attempt) => repeatAfterMs(30, attempt)),
    [30_000, 60_000, 120_000],
  ));

test("after three refusals old and new take turns, and where there is no old one the new one is tried for ever", () => {
  assert.equal(
    [0, 1, 2, 3, 4, 5].map((refusals) => choose("new", "old", refusals)),
    ["new", "new", "new", "old", "new", "old"],
  );
  assert.is(choose("new", undefined, 9), "new");
});

test("§2.5 - reasons of lost links, in the spellings of Node 20 and 24", () => {
  for (const [reason, fault] of [
    ["CERT_HAS_EXPIRED", "untrusted"],
    ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "untrusted"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "untrusted"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "untrusted"],
    ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "tls-version"],
    ["ERR_SSL_UNSUPPORTED_PROTOCOL", "tls-version"],
    ["ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", "refused"],
    ["ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE", "refused"],
    ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "refused"],
    ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", "refused"],
    ["ERR_SSL_NO_SHARED_CIPHER", "tls-suite"],
    ["Unexpected server response: 401", "refused"],
    ["Unexpected server response: 403", "refused"],
    ["Unexpected server response: 404", "other"],
    ["Unexpected server response: 503", "other"],
    ["ECONNRESET", "refused"],
    ["ECONNREFUSED", "other"],
    ["ENOTFOUND", "other"],
    ["1001", "other"],
  ] as const)
    assert.is(linkFault(reason, false), fault, reason);
  assert.is(linkFault("ECONNRESET", true), "other", "a link that has lived was not ended for its certificate");
  assert.is(linkFault("1006", true), "other");
});

test("the CSMS's calls that are the gateway's, and those that stay the station's", () => {
  const kind = (version: "ocpp1.6" | "ocpp2.0.1", action: string, payload: object) =>
    certificateCall(version, { type: 2, id: messageId("1"), action, payload: payload as never })?.kind;
  const is = (type: string) => ({ certificateType: type, certificate: "x", certificateChain: "x" });
  assert.is(kind("ocpp1.6", "ExtendedTriggerMessage", { requestedMessage: "SignChargePointCertificate" }), "trigger");
  assert.is(kind("ocpp1.6", "ExtendedTriggerMessage", { requestedMessage: "Heartbeat" }), undefined);
  assert.is(kind("ocpp2.0.1", "TriggerMessage", { requestedMessage: "SignChargingStationCertificate" }), "trigger");
  assert.is(kind("ocpp2.0.1", "TriggerMessage", { requestedMessage: "SignV2GCertificate" }), undefined);
  assert.is(kind("ocpp2.0.1", "TriggerMessage", { requestedMessage: "SignCombinedCertificate" }), "combined");
  assert.is(kind("ocpp2.0.1", "CertificateSigned", is("V2GCertificate")), undefined);
  assert.is(kind("ocpp2.0.1", "CertificateSigned", { certificateChain: "x" }), "signed");
  assert.is(kind("ocpp2.0.1", "InstallCertificate", is("CSMSRootCertificate")), "install");
  assert.is(kind("ocpp2.0.1", "InstallCertificate", is("MORootCertificate")), undefined);
  assert.is(kind("ocpp1.6", "InstallCertificate", is("ManufacturerRootCertificate")), undefined);
  assert.is(kind("ocpp1.6", "GetInstalledCertificateIds", is("CentralSystemRootCertificate")), "list");
  assert.is(kind("ocpp2.0.1", "GetInstalledCertificateIds", { certificateType: ["V2GRootCertificate"] }), undefined);
});

test.run();
