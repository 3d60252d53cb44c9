/** Exit codes of every subcommand (sysexits(3) where it has one). */
export const EXIT = {
  ok: 0,
  /** A check or an assertion failed. */
  failed: 1,
  usage: 2,
  /** The other side cannot be reached. */
  unavailable: 69,
  /** A fault of the program. */
  software: 70,
  cannotCreate: 73,
  io: 74,
  /** Worth trying again, e.g. a port still in use. */
  temporary: 75,
  permission: 77,
  /** The configuration is not valid; starting again will not help. */
  config: 78,
  interrupted: 130,
  terminated: 143,
} as const;
