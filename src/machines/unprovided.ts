import { GatewayError } from "../domain/error.ts";

/** Body of an actor that a machine only names: `src/actors` provides the real one, tests a simulated one. */
export function unprovided(name: string): () => never {
  return () => {
    throw new GatewayError("ERR_NOT_PROVIDED", `The actor "${name}" was not provided`);
  };
}
