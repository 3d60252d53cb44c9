import { test } from "uvu";
import * as assert from "uvu/assert";
import { failureCode } from "../../src/actors/failure-code.ts";
import { linkFault } from "../../src/domain/pki/link-fault.ts";

const failure = (message: string, code?: string) =>
  Object.assign(new Error(message), code === undefined ? {} : { code });

// A CSMS that only had TLS 1.1 was taken for one that is away: its alert came while the client was writing, and the code was EPROTO.
test("A00.FR.316 - an alert that comes while something is written is named as any other", () => {
  const text = (alert: string) =>
    `write EPROTO 80BC85EF:error:0A00042E:SSL routines:ssl3_read_bytes:${alert}:../x.c:1601:`;
  for (const [alert, code, fault] of [
    ["tlsv1 alert protocol version", "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "tls-version"],
    ["ssl/tls alert handshake failure", "ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE", "refused"],
    ["unsupported protocol", "ERR_SSL_UNSUPPORTED_PROTOCOL", "tls-version"],
  ] as const) {
    assert.is(failureCode(failure(text(alert), "EPROTO")), code);
    assert.is(linkFault(code, false), fault);
  }
});

test("every other failure keeps its code, and one without a code its text", () => {
  assert.is(failureCode(failure("connect ECONNREFUSED 127.0.0.1:1", "ECONNREFUSED")), "ECONNREFUSED");
  assert.is(failureCode(failure("write EPROTO", "EPROTO")), "EPROTO");
  assert.is(failureCode(failure("Unexpected server response: 401")), "Unexpected server response: 401");
});

test.run();
