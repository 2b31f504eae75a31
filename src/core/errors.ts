import { ERROR_CODES, type ErrorCode } from './error-codes.ts';

interface ErrorOptions2 {
  /** What to do about it, as a sentence. */
  readonly fix?: string;
  readonly cause?: unknown;
}

/**
 * The one error class. `code` is closed (`core/error-codes.ts`), `message`
 * says what and why with the offending value in quotes, `fix` what to do.
 * Messages never hold payload of records.
 */
export class WatchkeeperError extends Error {
  override readonly name = 'WatchkeeperError';
  readonly code: ErrorCode;
  readonly fix: string | undefined;

  constructor(code: ErrorCode, message: string, { fix, cause }: ErrorOptions2 = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.fix = fix;
  }

  /** HTTP status for this code. */
  get status(): number {
    return ERROR_CODES[this.code].status;
  }

  /** Process exit code for this code. */
  get exitCode(): number {
    return ERROR_CODES[this.code].exit;
  }
}

export function isWatchkeeperError(error: unknown, code?: ErrorCode): error is WatchkeeperError {
  return error instanceof WatchkeeperError && (code === undefined || error.code === code);
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
