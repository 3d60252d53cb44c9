/** A configuration document as it is built, and the errors in it; nothing is read from disk. */
import { buildConfig } from "../../src/config/build.ts";

export function built(document: object) {
  const { config, issues } = buildConfig({ listen: { port: 0 }, ...document }, {
    baseDir: "/",
    environment: {},
    readSources: true,
  } as never);
  return {
    config,
    errors: issues.filter(({ severity }) => severity === "error").map((i) => `${i.pointer} ${i.message}`),
  };
}
