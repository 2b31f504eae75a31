import type { LogRecord } from '../../model/record.ts';
import type { Finding, RedactionKind } from './finding.ts';
import { createPseudonyms, type Pseudonyms } from './pseudonym.ts';
import type { RedactionRules } from './rules.ts';
import { Scanner } from './scanner.ts';
import { SecretNames, type NameStrength } from './secret-names.ts';
import { isSecretText } from './secret-values.ts';

export interface Redactor {
  /** The text with its findings replaced; the same text when there is nothing. */
  text(text: string): string;
  /** The record without what may not be stored; the same object when nothing was found. */
  record(record: LogRecord): LogRecord;
  /** What would be replaced in a text, in order. */
  find(text: string): readonly Finding[];
}

export interface RedactorOptions {
  readonly rules: RedactionRules;
  /** Key of the pseudonyms, at least 16 bytes; the same key keeps them the same. */
  readonly secret: Uint8Array;
  /** Called for each replacement. */
  readonly onRedacted?: (kind: RedactionKind) => void;
}

/**
 * Takes secrets and personal data out of records: secrets are removed, the
 * rest becomes keyed pseudonyms, so that records can still be joined. What it
 * has replaced it leaves alone when it comes again. Not re-entrant.
 */
export function createRedactor(options: RedactorOptions): Redactor {
  return new RuledRedactor(options);
}

/** Deeper attributes are refused before they get here. */
const DEEPEST = 32;
/** Numbers from here on may be card numbers. */
const LEAST_CARD = 1e12;
const REMOVED = '[secret]';
/** A replacement hardly ever makes way for another, and that one for a third. */
const MOST_PASSES = 4;
/** How many clean texts are kept, a power of two; and up to which length. */
const PLACES = 1024;
const LONGEST_KEPT = 256;

type Attributes = Readonly<Record<string, unknown>>;

class RuledRedactor implements Redactor {
  readonly #rules: RedactionRules;
  readonly #names: SecretNames;
  readonly #scanner: Scanner;
  readonly #pseudonym: Pseudonyms;
  readonly #onRedacted: (kind: RedactionKind) => void;
  /** Texts that held nothing, each at its {@link placeOf}: programs say the same again and again. */
  readonly #clean: (string | undefined)[] = new Array<undefined>(PLACES).fill(undefined);

  constructor({ rules, secret, onRedacted = () => undefined }: RedactorOptions) {
    this.#rules = rules;
    this.#names = new SecretNames(rules.secretNames);
    this.#scanner = new Scanner({ names: this.#names, addresses: rules.actions.ip !== 'keep' });
    this.#pseudonym = createPseudonyms(secret);
    this.#onRedacted = onRedacted;
  }

  find(text: string): readonly Finding[] {
    const found = this.#scanner.scan(text);
    const { actions } = this.#rules;
    return found.length === 0 ? found : found.filter(({ kind }) => actions[kind] !== 'keep');
  }

  text(text: string): string {
    const place = placeOf(text);
    if (this.#clean[place] === text) return text;
    const found = this.#scanner.scan(text);
    if (found.length > 0) return this.#settle(this.#replace(text, found));
    if (text.length <= LONGEST_KEPT) this.#clean[place] = text;
    return text;
  }

  /** Replaces what stands out only since a part was replaced (`Bearer email:…/x`), so that a text that comes again stays as it is. */
  #settle(text: string): string {
    let settled = text;
    for (let pass = 0; pass < MOST_PASSES; pass += 1) {
      const found = this.#scanner.scan(settled);
      const next = found.length === 0 ? settled : this.#replace(settled, found);
      if (next === settled) break;
      settled = next;
    }
    return settled;
  }

  record(record: LogRecord): LogRecord {
    const message = this.text(record.message);
    const userId = record.userId === undefined ? undefined : this.#user(record.userId);
    const requestId = record.requestId === undefined ? undefined : this.text(record.requestId);
    const errorCode = record.errorCode === undefined ? undefined : this.text(record.errorCode);
    const attributes =
      record.attributes === undefined ? undefined : this.#map(record.attributes, 0);
    const isSame =
      message === record.message &&
      userId === record.userId &&
      requestId === record.requestId &&
      errorCode === record.errorCode &&
      attributes === record.attributes;
    return isSame ? record : { ...record, message, userId, requestId, errorCode, attributes };
  }

  #replace(text: string, found: readonly Finding[]): string {
    let out = '';
    let from = 0;
    for (const { kind, start, end } of found) {
      const action = this.#rules.actions[kind];
      if (action === 'keep') continue;
      const name =
        action === 'remove' ? `[${kind}]` : this.#pseudonym(kind, text.slice(start, end));
      out += text.slice(from, start) + name;
      from = end;
      this.#onRedacted(kind);
    }
    return from === 0 ? text : out + text.slice(from);
  }

  #user(userId: string): string {
    if (this.#rules.userId === 'keep') {
      const [first, more] = this.find(userId);
      // A name has no brackets, so even a secret in it becomes a pseudonym.
      if (first === undefined || more !== undefined)
        return first === undefined ? userId : this.#rename(userId);
      return first.kind === 'secret' ? this.#rename(userId) : this.#nameOnly(userId, first);
    }
    return userId.startsWith('user:') && userId.length === 21 ? userId : this.#rename(userId);
  }

  #rename(userId: string): string {
    this.#onRedacted('secret');
    return this.#pseudonym('user', userId);
  }

  #nameOnly(userId: string, { kind, start, end }: Finding): string {
    this.#onRedacted(kind);
    const name = this.#pseudonym(kind, userId.slice(start, end));
    return userId.slice(0, start) + name + userId.slice(end);
  }

  #map(map: Attributes, depth: number): Attributes {
    let changed: Record<string, unknown> | undefined;
    for (const name in map) {
      const value = map[name];
      const next = this.#named(name, value, depth);
      if (next !== value) (changed ??= { ...map })[name] = next;
    }
    return changed ?? map;
  }

  #named(name: string, value: unknown, depth: number): unknown {
    const strength = this.#rules.actions.secret === 'keep' ? 'none' : this.#strengthOf(name);
    if (strength !== 'none' && isSecretUnder(strength, value)) {
      if (value === REMOVED) return value;
      this.#onRedacted('secret');
      return REMOVED;
    }
    if (typeof value !== 'string' || !PHONE_NAME.test(name)) return this.#value(value, depth);
    // The name says what the digits are.
    const lead = 'phone ';
    const whole = this.text(lead + value);
    return whole.length === lead.length + value.length && whole.endsWith(value)
      ? value
      : whole.slice(lead.length);
  }

  #strengthOf(name: string): NameStrength {
    return name.length < 2 ? 'none' : this.#names.strengthOf(name, name.length);
  }

  #value(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'number') {
      if (value < LEAST_CARD || !Number.isSafeInteger(value)) return value;
      const text = String(value);
      const next = this.text(text);
      return next === text ? value : next;
    }
    if (typeof value !== 'object' || value === null || depth >= DEEPEST) return value;
    return Array.isArray(value)
      ? this.#list(value, depth)
      : this.#map(value as Attributes, depth + 1);
  }

  #list(items: readonly unknown[], depth: number): readonly unknown[] {
    let changed: unknown[] | undefined;
    for (let index = 0; index < items.length; index += 1) {
      const next = this.#value(items[index], depth + 1);
      if (next !== items[index]) (changed ??= [...items])[index] = next;
    }
    return changed ?? items;
  }
}

/** Three characters and the length tell most repeated messages apart; others only push each other out. */
function placeOf(text: string): number {
  const { length } = text;
  const mix =
    length * 31 +
    text.charCodeAt(0) * 7 +
    text.charCodeAt(length >> 1) * 13 +
    text.charCodeAt(length - 1);
  return mix & (PLACES - 1);
}

const PHONE_NAME = /(?:phone|mobile|msisdn|fax|tel|telephone)(?:_?(?:number|no))?$/i;

/** Whether all of an attribute goes because of its name. */
function isSecretUnder(strength: NameStrength, value: unknown): boolean {
  if (value === null || typeof value === 'boolean') return false;
  if (typeof value === 'string') return isSecretText(value, strength);
  if (strength === 'code') return typeof value === 'number' && isSecretText(String(value), 'code');
  return strength === 'strong' || strength === 'authorization' || strength === 'cookie';
}
