export interface NpmResult {
  readonly code: number;
  readonly output: string;
}

export class LaunchError extends Error {
  readonly fix: string;
  readonly exitCode: number;
}

export function lockHash(root: string): string;
export function isInstalled(root: string): boolean;
export function install(options: {
  readonly root: string;
  readonly log: (line: string) => void;
  readonly run?: (root: string) => Promise<NpmResult>;
}): Promise<boolean>;
export function npmCommand(options?: {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly platform?: string;
  readonly execPath?: string;
}): { readonly file: string; readonly prefix: readonly string[]; readonly shell: boolean };
export function withLock<Result>(
  root: string,
  log: (line: string) => void,
  action: () => Promise<Result>,
): Promise<Result>;
