/** Where a 1.6 connector is in 2.x. One the topology does not know is an EVSE of its own: its energy must be billed all the same. */
import { type Env, placeOf } from "./contract.ts";

export const evsePlace = ({ topology }: Env, connector16: number): { evseId: number; connectorId: number } =>
  placeOf(topology, connector16) ?? { evseId: connector16, connectorId: 1 };
