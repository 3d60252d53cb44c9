/** Reading of payloads that nobody has validated; objects and lists are read with `life/fields.ts`. */

/** Whatever its length, unlike {@link import("../life/fields.ts").text}. */
export const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** A name as it is compared: lower case, letters and digits only. */
export const plainName = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "");
