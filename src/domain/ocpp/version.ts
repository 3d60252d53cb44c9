/**
 * The protocol versions the gateway speaks, by their WebSocket subprotocol names.
 *
 * @see OCPP-J 1.6 §3.1.2; OCPP 2.0.1 Part 4 §3.1.2; OCPP 2.1 Part 4 §3.1.2
 */
export const OCPP_VERSIONS = ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"] as const;

export type OcppVersion = (typeof OCPP_VERSIONS)[number];

export const isOcppVersion = (name: string): name is OcppVersion => (OCPP_VERSIONS as readonly string[]).includes(name);
