/** uvu with a report of every test through `globalThis.twinlaneTestEvent`. Same interface. */
import * as uvu from "uvu";

const report = globalThis.twinlaneTestEvent;

function reporting(suite, name) {
  const titled = (title) => (name ? `${name}: ${title}` : title);
  let announced = false;
  const announce = () => {
    if (!announced) report({ type: "suite" });
    announced = true;
  };
  const wrapped = (title, handler) => {
    announce();
    suite(title, timed(titled(title), handler));
  };
  wrapped.only = (title, handler) => suite.only(title, timed(titled(title), handler));
  wrapped.skip = (title = "without a title") => {
    report({ type: "skip", title: titled(title) });
    suite.skip();
  };
  wrapped.before = suite.before;
  wrapped.after = suite.after;
  wrapped.run = () => {
    if (announced) report({ type: "run" });
    announced = false;
    suite.run();
  };
  return wrapped;
}

const timed = (title, handler) => async (context) => {
  report({ type: "start", title });
  const started = performance.now();
  try {
    await handler(context);
    report({ type: "pass", title, ms: performance.now() - started });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    report({ type: "fail", title, ms: performance.now() - started, message });
    throw error;
  }
};

export const suite = (name = "", state = {}) => reporting(uvu.suite(name, state), name);
export const test = reporting(uvu.test, "");
export const exec = uvu.exec;
