import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PHASE_ROTATIONS, rotationOf, withRotation } from "../../../src/domain/translate/device-phases.ts";
import {
  MEASURANDS_16,
  rateUnitsOf,
  readValue,
  SHARED_MEASURANDS,
  writeValue,
} from "../../../src/domain/translate/device-values.ts";
import { messageSchema } from "../../support/schemas.ts";

test("booleans come as true or false, however the station writes them; another word stays", () => {
  const vectors = { True: "true", " TRUE": "true", "1": "true", on: "true", yes: "true", FALSE: "false", "0": "false" };
  for (const [raw, value] of Object.entries(vectors)) assert.is(readValue("boolean", raw).value, value);
  assert.is(readValue("boolean", "maybe").value, "maybe");
});

test("a measurand's phase is taken off, and it is named once", () => {
  const phases = ["L1", "L2", "L3", "N", "L1-N", "L2-N", "L3-N", "L1-L2", "L2-L3", "L3-L1"];
  for (const phase of phases) assert.is(readValue("measurands", `Voltage.${phase}`).value, "Voltage");
  const raw = "Energy.Active.Import.Register, Current.Import.L1 ,Current.Import.L2,Current.Import";
  assert.is(readValue("measurands", raw).value, "Energy.Active.Import.Register,Current.Import");
});

test("every measurand of 1.6 is read, or counted as lost", () => {
  const text = JSON.stringify(messageSchema("ocpp1.6", "MeterValues"));
  const schema: readonly string[] = JSON.parse(/"enum":(\[[^\]]*"RPM"[^\]]*\])/.exec(text)?.[1] ?? "[]");
  assert.equal([...MEASURANDS_16].sort(), [...schema].sort());
  for (const name of MEASURANDS_16) {
    const { value, wants } = readValue("measurands", name);
    const lost = [{ do: "lost", what: `SampledValue.measurand=${name}` }];
    assert.equal([value, wants], SHARED_MEASURANDS.includes(name) ? [name, []] : ["", lost]);
  }
});

test("every measurand of 2.x is written plain, or refused (unknown to 1.6 ⇒ Rejected locally)", () => {
  for (const version of ["ocpp2.0.1", "ocpp2.1"] as const) {
    const text = JSON.stringify(messageSchema(version, "MeterValues"));
    const schema: readonly string[] = JSON.parse(/"enum":(\[[^\]]*"Current\.Export"[^\]]*\])/.exec(text)?.[1] ?? "[]");
    assert.ok(schema.length > 20);
    for (const name of schema) {
      assert.is(writeValue({ codec: "measurands" }, name).ok, MEASURANDS_16.includes(name), name);
    }
  }
});

test("values of at most 500 characters", () => {
  assert.ok(writeValue({ codec: "text" }, "x".repeat(500)).ok);
  assert.equal(writeValue({ codec: "text" }, "x".repeat(501)), {
    ok: false,
    info: { reasonCode: "TooLargeElement", additionalInfo: "1.6 values have at most 500 characters" },
  });
});

test("an empty list of measurands is one: it switches them off", () => {
  assert.equal(writeValue({ codec: "measurands" }, ""), { ok: true, value: "" });
});

test("integers: whole, in their limits", () => {
  const rule = { codec: "integer", minLimit: 1, maxLimit: 10 } as const;
  assert.equal(writeValue(rule, " 007 "), { ok: true, value: "7" });
  const reason = (value: string): unknown => {
    const written = writeValue(rule, value);
    return written.ok ? undefined : written.info.reasonCode;
  };
  assert.equal(["1.5", "", "ten", "0", "11"].map(reason), [
    "InvalidValue",
    "InvalidValue",
    "InvalidValue",
    "ValueTooLow",
    "ValueTooHigh",
  ]);
});

test("rate units are written as 2.x has them", () => {
  assert.equal(rateUnitsOf("Power, Current"), ["A", "W"]);
  assert.is(readValue("rateUnits", "Power").value, "W");
  assert.is(writeValue({ codec: "rateUnits" }, "A,W").ok, true);
  assert.is(writeValue({ codec: "rateUnits" }, "Current").ok, false);
});

const codecs = fc.constantFrom("text", "boolean", "integer", "members", "measurands", "rateUnits" as const);

test("what is written reads back as it was written", () => {
  fc.assert(
    fc.property(
      codecs,
      fc.oneof(
        fc.string({ maxLength: 20, size: "max" }),
        fc.constantFrom("true", "false", "12", "A", "W", "A,W"),
        fc.subarray([...SHARED_MEASURANDS]).map((list) => list.join(",")),
      ),
      (codec, value) => {
        const written = writeValue({ codec: codec as "text" }, value);
        if (written.ok) assert.is(readValue(codec as "text", written.value).value, written.value);
      },
    ),
  );
});

test("phase rotation: a list without indices holds for all, and keeps doing so for the others", () => {
  assert.is(rotationOf("Unknown", 0), "Unknown");
  assert.is(rotationOf("RST", 2), "RST");
  assert.is(rotationOf("0.RST,1.RTS", 2), undefined);
  assert.is(rotationOf("RST,1.RTS", 1), "RTS");
  assert.is(withRotation("Unknown", 1, "RST", [0, 1, 2]), "0.Unknown,1.RST,2.Unknown");
});

test("phase rotation: splitting and joining loses nothing", () => {
  const rotations = fc.array(fc.constantFrom(...PHASE_ROTATIONS), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(rotations, fc.nat(5), fc.constantFrom(...PHASE_ROTATIONS), (list, at, rotation) => {
      const connectors = list.map((_, index) => index);
      const text = list.map((known, index) => `${index}.${known}`).join(",");
      const connector = at % list.length;
      const changed = withRotation(text, connector, rotation, connectors);
      for (const index of connectors) {
        assert.is(rotationOf(changed, index), index === connector ? rotation : list[index]);
      }
    }),
  );
});

test.run();
