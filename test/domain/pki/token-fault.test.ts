import { test } from "uvu";
import * as assert from "uvu/assert";
import { linkFault } from "../../../src/domain/pki/link-fault.ts";
import { isTokenFault, tokenFault, tokenReason } from "../../../src/domain/pki/token-fault.ts";

test("what pkcs11-tool of OpenSC 0.23 says is told apart", () => {
  const says = (text: string) => [tokenFault(text), tokenReason(text)];
  const wrong = "error: PKCS11 function C_Login failed: rv = CKR_PIN_INCORRECT (0xa0)\nAborting.\n";
  assert.equal(says(wrong), ["ERR_KEY_PIN", "C_Login CKR_PIN_INCORRECT"]);
  const gone = "error: PKCS11 function C_OpenSession failed: rv = CKR_SLOT_ID_INVALID (0x3)\nAborting.\n";
  assert.equal(says(gone), ["ERR_KEY_TOKEN_MISSING", "C_OpenSession CKR_SLOT_ID_INVALID"]);
  assert.equal(says("No slots.\n"), ["ERR_KEY_TOKEN_MISSING", ""]);
  assert.equal(says('No slot with token named "nope" found\n'), ["ERR_KEY_TOKEN_MISSING", ""]);
  assert.equal(says("error: Private key not found\nAborting.\n"), ["ERR_KEY_MISSING", ""]);
  assert.equal(says("error: object not found\nAborting.\n"), ["ERR_KEY_MISSING", ""]);
  assert.equal(says("sc_dlopen failed: /nope: cannot open shared object file"), ["ERR_KEY_ENGINE_MISSING", ""]);
  const odd = "error: PKCS11 function C_SignFinal failed: rv = CKR_DEVICE_ERROR (0x30)\n";
  assert.equal(says(odd), ["ERR_KEY_TOKEN", "C_SignFinal CKR_DEVICE_ERROR"]);
  assert.equal(says(""), ["ERR_KEY_TOKEN", ""]);
});

test("a handshake that failed at the token is no fault of certificates, and the other way round", () => {
  for (const code of ["ERR_SSL_DEVICE_ERROR", "ERR_SSL_OBJECT_HANDLE_INVALID", "ERR_OSSL_DEVICE_ERROR"]) {
    assert.ok(isTokenFault(code), code);
    assert.is(linkFault(code, false), "other", code);
  }
  const others = [
    "ECONNRESET",
    "CERT_HAS_EXPIRED",
    "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE",
    "ERR_SSL_UNSUPPORTED_PROTOCOL",
  ];
  for (const code of others) assert.not.ok(isTokenFault(code), code);
});

test.run();
