/** Module hook: whoever imports `uvu` gets the reporting wrapper; the wrapper gets uvu. */
const wrapper = new URL("./uvu-reporting.mjs", import.meta.url).href;

export async function resolve(specifier, context, nextResolve) {
  if (specifier !== "uvu" || context.parentURL === wrapper) return nextResolve(specifier, context);
  return { url: wrapper, format: "module", shortCircuit: true };
}
