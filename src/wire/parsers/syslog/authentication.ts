import type { LevelName } from '../../../model/level.ts';
import { levelFromMessage } from '../fields/severity.ts';
import { authenticationUser } from './authentication-user.ts';

/** What a line of a login program says about who tried, from where, and how it went. */
export interface Authentication {
  readonly level: LevelName;
  readonly userId?: string;
  readonly errorCode?: string;
  /**
   * `auth_outcome` is `failure` or `success`, on the one line of an attempt
   * that states it; beside it `auth_method`, `auth_action`, `source_ip`,
   * `source_port`, `target_user`, `command` and `repeated`.
   */
  readonly attributes: Readonly<Record<string, unknown>>;
}

interface Rule {
  readonly phrase: RegExp;
  readonly level: LevelName;
  readonly errorCode?: string;
  readonly outcome?: 'failure' | 'success';
  readonly action?: string;
}

const FAILED = { level: 'ERROR', errorCode: 'AUTH_FAILED', outcome: 'failure' } as const;
const DENIED = { level: 'ERROR', errorCode: 'AUTH_DENIED', outcome: 'failure' } as const;

/**
 * One attempt writes several lines. Only the one that states its outcome is an
 * ERROR, so that "errors of a user" counts attempts; its companions are warnings.
 */
const SSHD: readonly Rule[] = [
  { phrase: /^(?:message repeated \d+ times: \[ )?Failed \S+ for /, ...FAILED, action: 'login' },
  { phrase: /^Accepted \S+ for /, level: 'INFO', outcome: 'success', action: 'login' },
  { phrase: /^User \S+ from \S+ not allowed because /, ...DENIED, action: 'login' },
  { phrase: /^(?:error|fatal): /, level: 'ERROR' },
  { phrase: /authentication failure|Too many authentication failures/, level: 'WARNING' },
  { phrase: /invalid user|user unknown|BREAK-IN|ignoring max retries/i, level: 'WARNING' },
  { phrase: /^Did not receive identification string/, level: 'WARNING' },
  { phrase: /\bsession opened for user /, level: 'INFO', action: 'session_open' },
  { phrase: /\bsession closed for user /, level: 'INFO', action: 'session_close' },
];

const SUDO: readonly Rule[] = [
  { phrase: /^\s*\S+ : \d+ incorrect password attempts? ;/, ...FAILED, action: 'sudo' },
  { phrase: /^\s*\S+ : (?:user NOT in sudoers|command not allowed) ;/, ...DENIED, action: 'sudo' },
  { phrase: /^\s*\S+ : TTY=/, level: 'INFO', outcome: 'success', action: 'sudo' },
  { phrase: /authentication failure;/, level: 'WARNING' },
  { phrase: /\bsession opened for user /, level: 'INFO', action: 'session_open' },
  { phrase: /\bsession closed for user /, level: 'INFO', action: 'session_close' },
];

const SU: readonly Rule[] = [
  { phrase: /^FAILED SU |^'su \S+' failed for |^FAILED su /i, ...FAILED, action: 'su' },
  {
    phrase: /^\(to \S+\) \S+ on |^Successful su for /,
    level: 'INFO',
    outcome: 'success',
    action: 'su',
  },
];

const LOGIND: readonly Rule[] = [
  { phrase: /^New session \S+ of user /, level: 'INFO', action: 'session_open' },
  { phrase: /^Removed session |^Session \S+ logged out/, level: 'INFO', action: 'session_close' },
];

/** The pluggable modules of older systems write one line per attempt. */
const PAM: readonly Rule[] = [
  { phrase: /^authentication failure;|^Authentication failed /, ...FAILED, action: 'login' },
  { phrase: /user unknown|authenticate user|authentication failed/i, level: 'WARNING' },
  { phrase: /\bsession opened for user /, level: 'INFO', action: 'session_open' },
  { phrase: /\bsession closed for user /, level: 'INFO', action: 'session_close' },
];

/** Rules that a program has besides those of the pluggable modules; `true` replaces them. */
const BY_PROGRAM: Readonly<Record<string, readonly Rule[]>> = {
  sshd: SSHD,
  'sshd-session': SSHD,
  sudo: SUDO,
  su: [...SU, ...PAM],
  'systemd-logind': LOGIND,
};

/** Words without which no user is named; most lines have none of them. */
const NAMES_USER = /user|USER|password|publickey|\bfor \S|\(to |TTY=|authentication|Successful su/i;
/** Characters at the front of a message in which an outcome stands. */
const FRONT = 1024;

/** Reads a message of a program that logs to syslog; the level comes from its words where no rule fits. */
export function authentication(program: string, message: string): Authentication {
  const rules = Object.hasOwn(BY_PROGRAM, program) ? BY_PROGRAM[program] : undefined;
  const isDaemon = program.startsWith('sshd') && rules !== undefined;
  return read(message, rules ?? PAM, isDaemon ? 'INFO' : undefined);
}

/** Reads a message of OpenSSH's server, whatever program wrote it. */
export function sshAuthentication(message: string): Authentication {
  return read(message, SSHD, 'INFO');
}

/** The shortest word that says anything here. */
const SHORTEST = 4;
const NO_DETAILS = Object.freeze({});

function read(text: string, rules: readonly Rule[], otherwise?: LevelName): Authentication {
  if (text.length < SHORTEST) return { level: otherwise ?? 'INFO', attributes: NO_DETAILS };
  const message = text.length > FRONT ? text.slice(0, FRONT) : text;
  const rule = rules.find(({ phrase }) => phrase.test(message));
  const userId = NAMES_USER.test(message) ? authenticationUser(message) : undefined;
  const errorCode = rule?.errorCode;
  return {
    level: rule?.level ?? otherwise ?? levelFromMessage(message),
    ...(userId === undefined ? {} : { userId }),
    ...(errorCode === undefined ? {} : { errorCode }),
    attributes: details(message, rule),
  };
}

const REPEATED = /^message repeated (\d{1,9}) times: \[ /;
const METHOD = /\b(?:Failed|Accepted) (\S{1,64}) for /;
const SOURCE = /\bfrom ([0-9A-Fa-f.:]{3,45})(?:%\w{1,16})?(?: port (\d{1,5}))?(?=[\s\]]|$)/;
const REMOTE_HOST = /\brhost=([^\s]{1,255})/;
const SUDO_TARGET = /; USER=(\S{1,128}) ; COMMAND=(.*)$/;

function details(message: string, rule: Rule | undefined): Authentication['attributes'] {
  if (rule === undefined) return NO_DETAILS;
  const found: Record<string, unknown> = {};
  if (rule.outcome !== undefined) found['auth_outcome'] = rule.outcome;
  if (rule.action !== undefined) found['auth_action'] = rule.action;
  const repeated = REPEATED.exec(message)?.[1];
  if (repeated !== undefined) found['repeated'] = Number(repeated);
  const method = METHOD.exec(message)?.[1];
  if (method !== undefined) found['auth_method'] = method;
  const [, ip, port] = SOURCE.exec(message) ?? [];
  const source = ip ?? REMOTE_HOST.exec(message)?.[1];
  if (source !== undefined) found['source_ip'] = source;
  if (port !== undefined) found['source_port'] = Number(port);
  const [, target, command] = SUDO_TARGET.exec(message) ?? [];
  if (target !== undefined) found['target_user'] = target;
  if (command !== undefined) found['command'] = command;
  return found;
}
