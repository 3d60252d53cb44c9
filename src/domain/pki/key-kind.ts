/** Keys of at least 112 bits of strength. @see OCPP 2.0.1 Part 2 A00.FR.501–FR.503 */
export type KeyKind = "ec-p256" | "ec-p384" | "rsa-2048" | "rsa-3072";
