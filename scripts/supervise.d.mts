export const RESTART_EXIT_CODE: 88;
export function restarting(options: {
  readonly start: (restarts: number) => Promise<number>;
  readonly log: (line: string) => void;
  readonly now: () => number;
}): Promise<number>;
export function superviseCli(options: {
  readonly root: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: (line: string) => void;
  readonly run?: (command: {
    readonly file: string;
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string | undefined>>;
  }) => Promise<number>;
}): Promise<number>;
export function runChild(command: {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly shell?: boolean;
}): Promise<number>;
