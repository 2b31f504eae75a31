import { isSubjectName } from '../../../model/subject.ts';

/** Ways to name the user who tried, the more certain ones first. */
const USER: readonly RegExp[] = [
  /\bfor invalid user (\S+) from /,
  /\b[Ii]nvalid user (\S+)(?: from | \[|$)/,
  /\b(?:password|none|publickey|hostbased|gssapi-with-mic|keyboard-interactive\/pam) for (\S+) from /,
  /authentication failures for (?:invalid user )?(\S+)/,
  /^User (\S+) from \S+ not allowed /,
  /\bsession (?:opened|closed) for user ([^\s(]+)/,
  /^New session \S+ of user (\S+?)\.?$/,
  /^'su \S+' failed for (\S+) on /,
  /^(?:FAILED SU )?\(to \S+\) (\S+) on /i,
  /^Successful su for \S+ by (\S+)/,
  /^\s*(\S+) : (?:TTY=|\d+ incorrect password|user NOT in sudoers|command not allowed)/,
  /\suser=(\S+)/,
];

/** Who tried to log in; a name that could not be the id of a user (attackers send anything) is left in the message only. */
export function authenticationUser(message: string): string | undefined {
  for (const pattern of USER) {
    const user = pattern.exec(message)?.[1];
    if (user !== undefined) return isSubjectName(user) ? user : undefined;
  }
  return undefined;
}
