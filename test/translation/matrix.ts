/**
 * The compliance matrix: what becomes of each field of each message in the other version. Rows come from the tests of the tables,
 * so that nothing is said here that no test has seen.
 */
export interface MatrixRow {
  /** e.g. `StartTransaction.req`. */
  readonly message: string;
  readonly field: string;
  readonly fate: "mapped" | "refused" | "lost";
}

export interface MatrixCounts {
  readonly mapped: number;
  readonly refused: number;
  readonly lost: number;
}

/** Filled by the tests of the mapping tables. */
export const MATRIX_ROWS: readonly MatrixRow[] = [];

export function matrixCounts(rows: readonly MatrixRow[] = MATRIX_ROWS): MatrixCounts {
  const count = (fate: MatrixRow["fate"]) => rows.filter((row) => row.fate === fate).length;
  return { mapped: count("mapped"), refused: count("refused"), lost: count("lost") };
}
