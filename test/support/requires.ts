/** Tests that need a program of the system. Without it they are skipped by name; in CI a missing program is a failure. */
import { test } from "uvu";

type Body = () => Promise<void> | void;

/** `test`, or what stands for it where `isThere` is false and this is not CI. */
export function requires(program: string, isThere: boolean): (title: string, body: Body) => void {
  if (isThere || process.env["CI"] === "true") return test;
  return (title, body) => {
    console.log(`skipped, ${program} is not installed: ${title}`);
    test.skip(title, body);
  };
}
