/**
 * Loads TypeScript for test files: transformed once, and kept beside the packages until the source changes. Each test file is a process of
 * its own, and two hundred of them that each start a transformer spend a minute on it.
 */
import { register } from "node:module";

register("./ts-loader-hooks.mjs", import.meta.url);
