import type { GatewayConfig, StationRule } from "../config/types.ts";
import { loadValidators, type Validators } from "../domain/ocpp/validate.ts";
import type { OcppVersion } from "../domain/ocpp/version.ts";

/** Validators of every version that some station may speak, loaded before the first one comes. */
export async function validatorsOf({
  stations,
}: Pick<GatewayConfig, "stations">): Promise<(version: OcppVersion) => Validators> {
  const translated = ({ csms }: StationRule): readonly OcppVersion[] =>
    csms?.speaks === undefined ? [] : ["ocpp1.6", "ocpp2.0.1", csms.speaks];
  const versions = new Set(
    stations.flatMap((rule) => [
      ...rule.versions,
      ...(rule.assumeVersion === undefined ? [] : [rule.assumeVersion]),
      ...translated(rule),
    ]),
  );
  const loaded = new Map<OcppVersion, Validators>();
  const load = async (version: OcppVersion) => loaded.set(version, await loadValidators(version));
  await Promise.all([...versions].map(load));
  return (version) => {
    const validators = loaded.get(version);
    if (validators === undefined) throw new Error(`no rule speaks ${version}`);
    return validators;
  };
}
