import type { LevelName } from '../../model/level.ts';
import { isSubjectName } from '../../model/subject.ts';
import { levelFromMessage } from './line-level.ts';

/** What a line of a login daemon says about who tried and how it went. */
export interface Authentication {
  readonly level: LevelName;
  readonly user_id?: string;
  readonly error_code?: string;
}

interface Rule {
  readonly phrase: RegExp;
  readonly level: LevelName;
  readonly errorCode?: string;
}

/**
 * One attempt writes several lines. Only the one that states its outcome is an
 * ERROR, so that "errors of a user" counts attempts; its companions are warnings.
 */
const SSHD: readonly Rule[] = [
  { phrase: /^Failed \S+ for /, level: 'ERROR', errorCode: 'AUTH_FAILED' },
  {
    phrase: /^message repeated \d+ times: \[ Failed \S+ for /,
    level: 'ERROR',
    errorCode: 'AUTH_FAILED',
  },
  { phrase: /^(?:error|fatal): /, level: 'ERROR' },
  { phrase: /authentication failure|Too many authentication failures/, level: 'WARNING' },
  { phrase: /invalid user|user unknown|BREAK-IN|ignoring max retries/i, level: 'WARNING' },
  { phrase: /^Did not receive identification string/, level: 'WARNING' },
];

/** The pluggable modules of older systems write one line per attempt. */
const PAM: readonly Rule[] = [
  {
    phrase: /^authentication failure;|^Authentication failed /,
    level: 'ERROR',
    errorCode: 'AUTH_FAILED',
  },
  { phrase: /user unknown|authenticate user|authentication failed/i, level: 'WARNING' },
];

/** Reads a message of OpenSSH's server. */
export function sshAuthentication(message: string): Authentication {
  const rule = SSHD.find(({ phrase }) => phrase.test(message));
  return describe(message, rule ?? { level: 'INFO' });
}

/** Reads a message of any other program that logs to syslog. */
export function pamAuthentication(message: string): Authentication {
  const rule = PAM.find(({ phrase }) => phrase.test(message));
  return describe(message, rule ?? { level: levelFromMessage(message) });
}

const USER: readonly RegExp[] = [
  /\bfor invalid user (\S+) from /,
  /\b[Ii]nvalid user (\S+)(?: from | \[|$)/,
  /\b(?:password|none|publickey|keyboard-interactive\/pam) for (\S+) from /,
  /authentication failures for (?:invalid user )?(\S+)/,
  /\bsession (?:opened|closed) for user (\S+?)(?: by |$)/,
  /\suser=(\S+)/,
];

function describe(message: string, { level, errorCode }: Omit<Rule, 'phrase'>): Authentication {
  const user = userOf(message);
  return {
    level,
    ...(user === undefined ? {} : { user_id: user }),
    ...(errorCode === undefined ? {} : { error_code: errorCode }),
  };
}

/** A name that could not be the id of a user subject (attackers send anything) is left in the message only. */
function userOf(message: string): string | undefined {
  for (const pattern of USER) {
    const user = pattern.exec(message)?.[1];
    if (user !== undefined) return isSubjectName(user) ? user : undefined;
  }
  return undefined;
}
