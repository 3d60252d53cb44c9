/** In the gateway's directory; the health worker that finds it dies, and takes it along. */
export const KILL_FILE = "kill-worker";
