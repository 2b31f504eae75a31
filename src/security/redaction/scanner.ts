import {
  CHARACTER,
  CLASSES,
  hasWord,
  isAlnum,
  isBlank,
  isQuote,
  isDigit,
  isLetter,
  isUpper,
} from './characters.ts';
import { matchCard } from './cards.ts';
import { beginsNumber, DigitRuns } from './digit-runs.ts';
import { matchEmail } from './emails.ts';
import { Hit, type Finding } from './finding.ts';
import { matchIpv4, matchIpv6 } from './addresses.ts';
import { matchDigitId, matchLetterId } from './national-ids.ts';
import { matchPhone } from './phones.ts';
import { pseudonymEnd } from './pseudonym.ts';
import { nameEndBefore, type NameStrength, type SecretNames } from './secret-names.ts';
import { isKeyJoint, matchClientSecret, matchDigitShape, matchShape } from './secret-shapes.ts';
import { isToken, matchCredentials, matchQuoted, matchValue, type Joint } from './secret-values.ts';

/** What stands for a secret that was taken out; its word would else be the name of what follows. */
const REPLACED = '[secret]';
/** Fewer digits in a row, with nothing that joins them to others, mean nothing. */
const SHORT_RUN = 7;
/** Keys of known shape are at least this long, up to their first dot. */
const SHAPE_LENGTH = 16;
const LONGEST_USERINFO = 512;
/** Most quotes, commas and blanks between a name and the `value` that follows it. */
const FARTHEST_QUOTE = 6;
/** A single word with fewer characters is no number, id or key: an id of a request or user, mostly. */
const SHORTEST_BARE = 9;

export interface ScanOptions {
  readonly names: SecretNames;
  /** Whether IP addresses are looked for. */
  readonly addresses: boolean;
}

/** Between a name and its value in prose. */
const FORMS = ['is', 'was', 'to'];
/** Before `to`, when the name stands further back: "password for bob set to …". */
const SETTING = ['set', 'reset', 'changed', 'updated'];
const PASSWORDS = ['password', 'passwd', 'passphrase', 'passcode', 'pwd'];
/** How far back the name of what is set is looked for. */
const FARTHEST_NAME = 48;
/** Addresses that let whoever knows them in. */
const WEBHOOKS = ['hooks.slack.com/services/', 'discord.com/api/webhooks/'];

const NOTHING: readonly Finding[] = Object.freeze([]);

/**
 * Looks through a text once, from left to right. Most characters cost one
 * table look-up; what a matcher reads ahead or back is bounded, or is passed
 * over when it was found, so the time is linear in the length whatever the
 * text. Allocates nothing when it finds nothing. Not re-entrant.
 *
 * Longer than the house's measure: one pass over one text, whose matchers share
 * where it stands and what was found; what they look for is in files of its own.
 */
export class Scanner {
  readonly #options: ScanOptions;
  readonly #hit = new Hit();
  readonly #runs = new DigitRuns();
  #text = '';
  #findings: Finding[] | undefined;
  /** Up to here the text is replaced, or known to be no e-mail address. */
  #done = 0;
  #userinfoAt = -1;

  constructor(options: ScanOptions) {
    this.#options = options;
  }

  /** What is to be replaced, in order and without overlap. */
  scan(text: string): readonly Finding[] {
    if (text.length < SHORTEST_BARE && isBare(text)) return NOTHING;
    this.#text = text;
    this.#findings = undefined;
    this.#done = 0;
    this.#userinfoAt = -1;
    this.#walk(text);
    const findings = this.#findings ?? NOTHING;
    this.#text = '';
    return findings;
  }

  #walk(text: string): void {
    const { length } = text;
    let wordStart = 0;
    let at = 0;
    while (at < length) {
      const code = text.charCodeAt(at);
      const kind = code < 128 ? (CLASSES[code] ?? 0) : CHARACTER.other;
      if (kind === CHARACTER.word) {
        at += 1;
        continue;
      }
      if (kind === CHARACTER.digit) {
        at = this.#digits(at);
        if (at <= this.#done) wordStart = at;
        continue;
      }
      if (this.#word(wordStart, at) || (kind !== CHARACTER.other && this.#sign(kind, at))) {
        at = this.#done;
      } else at += 1;
      wordStart = at;
    }
    this.#word(wordStart, length);
  }

  /** Handles the run of digits at `at`; returns where to go on. */
  #digits(at: number): number {
    const text = this.#text;
    let end = at + 1;
    while (isDigit(text.charCodeAt(end))) end += 1;
    const before = at === 0 ? 0x20 : text.charCodeAt(at - 1);
    const isLettered = isLetter(before) || (before === 0x20 && isUpper(text.charCodeAt(at - 2)));
    if (isLettered && matchLetterId(text, at, this.#hit) && this.#take()) return this.#done;
    if (isKeyJoint(text, end) && matchDigitShape(text, at, this.#hit) && this.#take())
      return this.#done;
    if (end - at < SHORT_RUN && !isJoint(text, end)) return end;
    if (before === 0x2d && at >= 2 && isDigit(text.charCodeAt(at - 2))) return end;
    if (!this.#options.addresses && before !== 0x2b && !isPromising(text, at, end)) return end;
    if (!beginsNumber(text, at)) return end;
    const runs = this.#runs;
    runs.read(text, at);
    const isFound =
      (this.#options.addresses && matchIpv4(text, runs, this.#hit)) ||
      matchDigitId(text, runs, this.#hit) ||
      matchCard(text, runs, this.#hit) ||
      matchPhone(text, runs, this.#hit);
    return isFound && this.#take() ? this.#done : end;
  }

  /** Handles a whole word; `end` is the place of what ends it. */
  #word(start: number, end: number): boolean {
    const length = end - start;
    if (length < 2) return false;
    const text = this.#text;
    const isDotted = text.charCodeAt(end) === 0x2e && length <= 4;
    const first = text.charCodeAt(start);
    const isMarked = length >= SHAPE_LENGTH || isDotted || (first === 0x2d && length >= 5);
    if (isMarked && matchShape(text, start, this.#hit)) return this.#take();
    const last = text.charCodeAt(end - 1);
    const isTilde = last === 0x51 && text.charCodeAt(end) === 0x7e;
    if (isTilde && matchClientSecret(text, end, this.#hit)) return this.#take();
    if (text.charCodeAt(end) !== 0x20 || length > 40) return false;
    if (isQuote(text.charCodeAt(end + 1)) && this.#stated(start, end)) return true;
    if (first === 0x2d && length > 2 && this.#named(end, end + 1, 'equals')) return true;
    if (hasWord(text, start, '-u') || hasWord(text, start, '--user')) return this.#login(end + 1);
    if (hasWord(text, start - 8, 'sshpass -p')) return this.#rest(end + 1);
    if (length <= 3) return this.#isForm(start, end);
    const isScheme =
      (length === 6 && hasWord(text, start, 'bearer')) ||
      (length === 5 && hasWord(text, start, 'basic'));
    return isScheme && matchCredentials(text, end + 1, this.#hit) && this.#take();
  }

  /** `curl -u name:password`. */
  #login(from: number): boolean {
    const text = this.#text;
    const most = Math.min(text.length, from + LONGEST_USERINFO);
    let colon = -1;
    let end = from;
    for (; end < most && !isBlank(text.charCodeAt(end)); end += 1) {
      if (colon < 0 && text.charCodeAt(end) === 0x3a) colon = end;
    }
    if (colon < 0 || end === colon + 1) return false;
    this.#hit.set('secret', colon + 1, end);
    return this.#take();
  }

  /** "The password is …", "password to …". */
  #isForm(start: number, end: number): boolean {
    const text = this.#text;
    const isVerb = FORMS.some((form) => form.length === end - start && hasWord(text, start, form));
    if (!isVerb || start < 2) return false;
    if (this.#named(start - 1, end + 1, 'space')) return true;
    const isSet = SETTING.some((word) => hasWord(text, start - 1 - word.length, word));
    const nameEnd = isSet ? passwordBefore(text, start) : 0;
    return nameEnd > 0 && this.#named(nameEnd, end + 1, 'space');
  }

  /** `PASSWORD '…'`, `IDENTIFIED BY '…'` in statements of SQL. */
  #stated(start: number, end: number): boolean {
    const text = this.#text;
    const isSecret =
      PASSWORDS.some((word) => word.length === end - start && hasWord(text, start, word)) ||
      (end - start === 2 && hasWord(text, start - 11, 'identified by'));
    if (!isSecret || !matchQuoted(text, end + 1, this.#hit)) return false;
    return this.#take();
  }

  #sign(kind: number, at: number): boolean {
    const text = this.#text;
    switch (kind) {
      case CHARACTER.at:
      case CHARACTER.percent:
        return at !== this.#userinfoAt && matchEmail(text, at, this.#hit) && this.#take();
      case CHARACTER.colon:
        if (text.charCodeAt(at + 1) === 0x2f && text.charCodeAt(at + 2) === 0x2f) {
          return this.#userinfo(at + 3);
        }
        if (this.#skip(pseudonymEnd(text, at))) return true;
        if (this.#options.addresses && matchIpv6(text, at, this.#hit)) return this.#take();
        return this.#named(nameEndBefore(text, at), at + 1, 'colon');
      case CHARACTER.equals:
        return this.#named(nameEndBefore(text, at), at + 1, 'equals');
      case CHARACTER.greater:
        return this.#named(at, at + 1, 'equals') && text.charCodeAt(this.#done) === 0x3c;
      default:
        return false;
    }
  }

  /** Leaves everything before `end` alone from now on; 0 is nothing. */
  #skip(end: number): boolean {
    if (end <= this.#done) return false;
    this.#done = end;
    return true;
  }

  #named(nameEnd: number, valueAt: number, joint: Joint): boolean {
    if (nameEnd < 2 || nameEnd <= this.#done) return false;
    const text = this.#text;
    const { names } = this.#options;
    const own = names.strengthOf(text, nameEnd);
    const strength = own === 'none' && joint !== 'space' ? this.#statedName(nameEnd) : own;
    if (strength === 'none' || isReplaced(text, nameEnd)) return false;
    return matchValue(text, valueAt, { strength, joint, hit: this.#hit }) && this.#take();
  }

  /** What `name="password" value=` says, where `value` ends at `end`; of JSON too. */
  #statedName(end: number): NameStrength {
    const text = this.#text;
    if (text.charCodeAt(end - 1) === 0x3a || !hasWord(text, end - 5, 'value')) return 'none';
    let at = end - 5;
    const least = Math.max(0, at - FARTHEST_QUOTE);
    while (at > least && !isAlnum(text.charCodeAt(at - 1))) at -= 1;
    const isApart = end - 5 - at >= 2 && isQuote(text.charCodeAt(at));
    return isApart ? this.#options.names.strengthOf(text, at) : 'none';
  }

  /** The password of a URL (RFC 3986, 3.2.1), which begins at `from` after its scheme. */
  #userinfo(from: number): boolean {
    const text = this.#text;
    const most = Math.min(text.length, from + LONGEST_USERINFO);
    for (const host of WEBHOOKS)
      if (hasWord(text, from, host)) return this.#rest(from + host.length);
    let colon = -1;
    let last = -1;
    for (let at = from; at < most; at += 1) {
      const code = text.charCodeAt(at);
      if (isBlank(code) || code === 0x2f || code === 0x22 || code === 0x3c || code === 0x3f) break;
      if (code === 0x40) last = at;
      else if (code === 0x3a && last < 0 && colon < 0) colon = at;
    }
    this.#userinfoAt = last;
    if (colon < 0 && isToken(text, from, last)) {
      this.#hit.set('secret', from, last);
      return this.#take();
    }
    const isSecret = colon >= 0 && last > colon + 1 && text.charCodeAt(colon + 1) !== 0x5b;
    if (!isSecret) return false;
    this.#hit.set('secret', colon + 1, last);
    return this.#take();
  }

  /** What is left of a URL. */
  #rest(from: number): boolean {
    const text = this.#text;
    let end = from;
    while (end < text.length && !isBlank(text.charCodeAt(end)) && !isQuote(text.charCodeAt(end)))
      end += 1;
    this.#hit.set('secret', from, end);
    return this.#take();
  }

  /** Keeps the hit, without what was replaced before. */
  #take(): boolean {
    const { kind, end } = this.#hit;
    const start = Math.max(this.#hit.start, this.#done);
    if (end <= start) return false;
    (this.#findings ??= []).push({ kind, start, end });
    this.#done = end;
    return true;
  }
}

/** Where the last word for a password before `from` ends, a few words back at most; 0 when there is none. */
function passwordBefore(text: string, from: number): number {
  const least = Math.max(0, from - FARTHEST_NAME);
  for (let at = from - 1; at > least; at -= 1) {
    const code = text.charCodeAt(at);
    if (code === 0x0a || code === 0x2e) return 0;
    if (isBlank(code) && PASSWORDS.some((word) => hasWord(text, at - word.length, word))) return at;
  }
  return 0;
}

/** Whether a text is one word of letters, digits and hyphens. */
function isBare(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const kind = code < 128 ? CLASSES[code] : CHARACTER.other;
    if (kind !== CHARACTER.word && kind !== CHARACTER.digit) return false;
  }
  return true;
}

/** Whether digits at [at, end) may be the first of a number in groups; most are of times, dates and counts. */
function isPromising(text: string, at: number, end: number): boolean {
  const first = text.charCodeAt(at);
  switch (end - at) {
    case 1:
      return first === 0x31 || first === 0x32;
    case 2:
      return first === 0x30;
    case 4:
      // The second group of a card has four or six digits, of a date two.
      return first === 0x30 || isDigit(text.charCodeAt(end + 3));
    default:
      return true;
  }
}

/** Whether what follows a run of digits may join it to another, or is a letter of an id. */
function isJoint(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code === 0x20 || code === 0x2d || code === 0x2e || code === 0x2f) {
    const next = text.charCodeAt(at + 1);
    return isDigit(next) || next === 0x28;
  }
  return code === 0x28 || code === 0x29;
}

/** Whether the name that ends here is what an earlier pass wrote, and not that of a parameter (`user[secret]=`). */
function isReplaced(text: string, nameEnd: number): boolean {
  const start = nameEnd + 1 - REPLACED.length;
  if (start < 0 || !text.startsWith(REPLACED, start)) return false;
  const before = text.charCodeAt(start - 1);
  return !(isLetter(before) || isDigit(before) || before === 0x5d || before === 0x5f);
}
