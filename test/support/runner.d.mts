export interface TestResult {
  readonly title: string;
  readonly ok: boolean;
  readonly ms: number;
  readonly message?: string;
}
export interface FileResult {
  readonly file: string;
  readonly ms: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly string[];
  readonly tests: readonly TestResult[];
  readonly problems: readonly string[];
  readonly output: string;
}
export interface RunOptions {
  readonly root: string;
  readonly deadlineMs?: number;
  readonly openGraceMs?: number;
  readonly signal?: AbortSignal;
}
export interface RunAllOptions extends RunOptions {
  readonly jobs?: number;
  readonly onStart?: (file: string) => void;
  readonly onResult?: (result: FileResult) => void;
}
export declare function discover(
  root: string,
  options?: { readonly suites?: "plain" | "heavy" | "all"; readonly filters?: readonly string[] },
): string[];
export declare function deadlineOf(text: string, defaultMs?: number): number;
export declare function runFile(file: string, options: RunOptions): Promise<FileResult>;
export declare function runAll(files: readonly string[], options: RunAllOptions): Promise<FileResult[]>;
export declare function again(
  results: readonly FileResult[],
  run: (files: readonly string[]) => Promise<readonly FileResult[]>,
  most?: number,
): Promise<{ readonly results: readonly FileResult[]; readonly unsteady: readonly FileResult[] }>;
export declare function totals(
  results: readonly FileResult[],
  options?: { readonly noSkips?: boolean },
): { readonly passed: number; readonly failed: number; readonly skipped: readonly string[] };
export declare function junit(results: readonly FileResult[]): string;
