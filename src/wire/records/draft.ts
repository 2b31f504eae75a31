import { LEVEL_BY_NAME } from '../../model/level.ts';
import type { Level } from '../../model/level.ts';
import type { LogRecord, Vitals } from '../../model/record.ts';
import { checkAttributes } from './attributes.ts';
import { FIELD, FIELDS, NUMBER_SLOTS, TEXT_SLOTS } from './fields.ts';
import { levelOfNumber, levelOfWord } from './levels.ts';
import type { LevelNumbering } from './level-numbers.ts';
import { REFUSED } from './msgpack-limits.ts';
import { ownFieldProblem, rangeText, type OwnFieldRule } from './own-fields.ts';
import { parseRfc3339 } from './rfc3339.ts';
import type { FieldRule, LogSchema } from './schema.ts';

/** Service of a vital record that names none and came from a watch. */
const DEFAULT_SERVICE = 'watch';

/** Why a record is refused; never holds its content. */
export interface RecordProblem {
  /** JSON pointer into the record; '' is the record itself. */
  readonly pointer: string;
  readonly reason: string;
}

const bit = (field: number): number => 1 << field;
const OMITTED_BY_VITALS = bit(FIELD.level) | bit(FIELD.service) | bit(FIELD.message);

/**
 * The record being read: fields are set one by one, checked against the
 * schema as they come, then `finish` builds the record. One draft serves all
 * records of a decoder, so reading allocates little more than the record.
 *
 * Longer than the house's measure: the hot path of every record, in which the
 * fields share their slots and masks.
 */
export class RecordDraft {
  readonly #rules: readonly FieldRule[];
  readonly #requiredMask: number;
  readonly #vitalMask: number;
  readonly #levels: ReadonlySet<Level>;
  readonly #numbering: LevelNumbering;
  /** The fields that the schema adds; `undefined` when it adds none. */
  readonly #ownRules: ReadonlyMap<string, OwnFieldRule> | undefined;
  readonly #texts: (string | undefined)[] = Array.from({ length: TEXT_SLOTS });
  readonly #numbers = new Float64Array(NUMBER_SLOTS);
  #present = 0;
  #mistyped = 0;
  #level: Level = 9;
  #levelWord: string | number | undefined;
  #worn = false;
  #charging = false;
  #attributes: Record<string, unknown> | undefined;
  #extra: Record<string, unknown> | undefined;
  #own: Record<string, unknown> | undefined;

  problem: RecordProblem | undefined;
  /** Whether a record since this was last cleared took its service or watch from the context. */
  isFilled = false;

  constructor(schema: LogSchema) {
    this.#rules = schema.rules;
    this.#requiredMask = maskOf(schema, (rule) => rule.required);
    this.#vitalMask = maskOf(schema, (rule) => rule.vital);
    const names = schema.rules[FIELD.level]?.values ?? [];
    this.#levels = new Set(names.map((name) => LEVEL_BY_NAME[name]));
    this.#numbering = schema.numbers;
    this.#ownRules = schema.own.size === 0 ? undefined : schema.own;
  }

  begin(): void {
    this.#present = 0;
    this.#mistyped = 0;
    this.#levelWord = undefined;
    this.#attributes = undefined;
    this.#extra = undefined;
    this.#own = undefined;
    this.problem = undefined;
  }

  /** Bits of the fields that the record has. */
  get present(): number {
    return this.#present;
  }

  /** Bits of the fields whose value was of another type than the schema says. */
  get mistyped(): number {
    return this.#mistyped;
  }

  /** The fields that the schema does not name. */
  get extra(): Readonly<Record<string, unknown>> | undefined {
    return this.#extra;
  }

  /** The service it names, if it names one. */
  get service(): string | undefined {
    return this.problem?.pointer === '/service' ? undefined : this.#text(FIELD.service, 0);
  }

  /** Sets a field of FIELDS; null means absent, the last of several values wins. */
  set(field: number, value: unknown): void {
    if (value === null || value === undefined) {
      this.#present &= ~bit(field);
      return;
    }
    this.#present |= bit(field);
    const { type, slot } = FIELDS[field] as (typeof FIELDS)[number];
    if (type === 'text' || type === 'name') this.#setText(field, slot, value);
    else if (type === 'timestamp') this.#setTimestamp(value);
    else if (type === 'level') this.#setLevel(value);
    else if (type === 'boolean') this.#setFlag(field, value);
    else if (type === 'map') this.#setAttributes(value);
    else this.#setNumber(field, slot, value);
  }

  /** Keeps a field that is not in FIELDS: one that the schema adds, or one that it does not name. */
  setUnknown(name: string, value: unknown): void {
    if (value === undefined) return;
    const rule = this.#ownRules?.get(name);
    if (rule !== undefined) {
      const problem = ownFieldProblem(rule, value);
      if (problem !== undefined) this.refuse(`/${name}`, problem);
      else (this.#own ??= {})[name] = value;
      return;
    }
    const reason = checkAttributes(value, 2);
    if (reason !== undefined) this.refuse('/attributes', reason);
    else (this.#extra ??= {})[name] = value;
  }

  /** Refuses the record; the first reason is kept. */
  refuse(pointer: string, reason: string): void {
    this.problem ??= { pointer, reason };
  }

  /** The record, or `undefined` with {@link problem} set. `service` fills in what the sender left out. */
  finish(service: string | undefined, deviceId: string | undefined): LogRecord | undefined {
    if (service !== undefined && (this.#present & bit(FIELD.service)) === 0) {
      this.set(FIELD.service, service);
      this.isFilled = true;
    }
    if (deviceId !== undefined && this.#claimsOther(deviceId)) this.isFilled = true;
    const isVital = (this.#present & this.#vitalMask) !== 0;
    const needed = isVital ? this.#requiredMask & ~OMITTED_BY_VITALS : this.#requiredMask;
    const missing = needed & ~this.#present;
    if (missing !== 0 && this.problem === undefined) {
      const rule = this.#rules[31 - Math.clz32(missing & -missing)];
      this.refuse(`/${rule?.name ?? ''}`, 'This field is required.');
    }
    return this.problem === undefined ? this.#build(deviceId, isVital) : undefined;
  }

  #claimsOther(deviceId: string): boolean {
    return (this.#present & bit(FIELD.deviceId)) !== 0 && this.#texts[5] !== deviceId;
  }

  #build(deviceId: string | undefined, isVital: boolean): LogRecord {
    const present = this.#present;
    return {
      timestamp: this.#numbers[0] ?? 0,
      level: (present & bit(FIELD.level)) === 0 ? 9 : this.#level,
      service: this.#text(FIELD.service, 0) ?? DEFAULT_SERVICE,
      message: this.#text(FIELD.message, 1) ?? '',
      userId: this.#text(FIELD.userId, 2),
      requestId: this.#text(FIELD.requestId, 3),
      errorCode: this.#text(FIELD.errorCode, 4),
      durationMs: this.#number(FIELD.durationMs, 1),
      deviceId: deviceId ?? this.#text(FIELD.deviceId, 5),
      attributes: this.#allAttributes(),
      vitals: isVital ? this.#vitals() : undefined,
      templateId: undefined,
      isNewTemplate: undefined,
      templateRarity: undefined,
    };
  }

  #vitals(): Vitals {
    const present = this.#present;
    return {
      heartRate: this.#number(FIELD.heartRate, 2),
      hrv: this.#number(FIELD.hrv, 3),
      spo2: this.#number(FIELD.spo2, 4),
      skinTemperature: this.#number(FIELD.skinTemperature, 5),
      steps: this.#number(FIELD.steps, 6),
      battery: this.#number(FIELD.battery, 7),
      rssi: this.#number(FIELD.rssi, 8),
      worn: (present & bit(FIELD.worn)) === 0 ? undefined : this.#worn,
      charging: (present & bit(FIELD.charging)) === 0 ? undefined : this.#charging,
    };
  }

  #text(field: number, slot: number): string | undefined {
    return (this.#present & bit(field)) === 0 ? undefined : this.#texts[slot];
  }

  #number(field: number, slot: number): number | undefined {
    return (this.#present & bit(field)) === 0 ? undefined : this.#numbers[slot];
  }

  #allAttributes(): Readonly<Record<string, unknown>> | undefined {
    const hasOwn = (this.#present & bit(FIELD.attributes)) !== 0;
    const own = hasOwn ? this.#attributes : undefined;
    const word = this.#levelWord;
    if (this.#extra === undefined && this.#own === undefined && word === undefined) return own;
    const others = { ...this.#extra, ...this.#own, ...own };
    if (word === undefined) return others;
    // A sender's own attribute of that name stays as well.
    const name = 'severity_text' in others ? 'severity_original' : 'severity_text';
    return { [name]: word, ...others };
  }

  #setText(field: number, slot: number, value: unknown): void {
    let text = value;
    if (typeof text === 'number' && Number.isSafeInteger(text)) {
      text = String(text);
      this.#mistyped |= bit(field);
    }
    const rule = this.#rules[field] as FieldRule;
    if (typeof text !== 'string') {
      this.#mistyped |= bit(field);
      this.#refuseField(rule, 'Expected text.');
    } else if (text.length > rule.maxLength) {
      this.#refuseField(rule, `Longer than ${rule.maxLength} characters.`);
    } else if (rule.type === 'name' && !isName(text)) {
      this.#refuseField(rule, 'Expected 1 or more characters of A-Z a-z 0-9 . _ @ : -');
    } else {
      this.#texts[slot] = text;
    }
  }

  #setTimestamp(value: unknown): void {
    const time = typeof value === 'string' ? parseRfc3339(value) : value;
    if (typeof time === 'number' && Number.isFinite(time)) this.#numbers[0] = time;
    else this.refuse('/timestamp', 'Expected ms since the epoch or an RFC 3339 date-time.');
  }

  #setLevel(value: unknown): void {
    let mapped;
    if (typeof value === 'string') mapped = levelOfWord(value);
    else if (typeof value === 'number') mapped = levelOfNumber(value, this.#numbering);
    if (mapped === undefined || !this.#levels.has(mapped.level)) {
      this.refuse('/level', 'Expected a level such as DEBUG, INFO, WARNING, ERROR or CRITICAL.');
      return;
    }
    this.#level = mapped.level;
    this.#levelWord = mapped.isSynonym ? undefined : (value as string | number);
  }

  #setNumber(field: number, slot: number, value: unknown): void {
    const rule = this.#rules[field] as FieldRule;
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      this.#mistyped |= bit(field);
      this.#refuseField(rule, 'Expected a number.');
    } else if (value < rule.min || value > rule.max) {
      this.#refuseField(rule, `Expected a number ${rangeText(rule)}.`);
    } else if (rule.type === 'integer' && !Number.isInteger(value)) {
      this.#refuseField(rule, 'Expected a whole number.');
    } else {
      this.#numbers[slot] = value;
    }
  }

  #setFlag(field: number, value: unknown): void {
    if (typeof value !== 'boolean') {
      this.#mistyped |= bit(field);
      this.#refuseField(this.#rules[field] as FieldRule, 'Expected true or false.');
    } else if (field === FIELD.worn) {
      this.#worn = value;
    } else {
      this.#charging = value;
    }
  }

  #setAttributes(value: unknown): void {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.#mistyped |= bit(FIELD.attributes);
      const reason = value === REFUSED ? checkAttributes(value, 1) : undefined;
      this.refuse('/attributes', reason ?? 'Expected a map.');
      return;
    }
    const reason = checkAttributes(value, 1);
    if (reason !== undefined) this.refuse('/attributes', reason);
    else this.#attributes = this.#withOwn(value as Record<string, unknown>);
  }

  /** Once a record is accepted, the fields that the schema adds stand among its attributes. */
  #withOwn(attributes: Record<string, unknown>): Record<string, unknown> {
    for (const [name, rule] of this.#ownRules ?? []) {
      if (!Object.hasOwn(attributes, name)) continue;
      const problem = ownFieldProblem(rule, attributes[name]);
      if (problem !== undefined) this.refuse(`/attributes/${name}`, problem);
    }
    return attributes;
  }

  #refuseField(rule: FieldRule, reason: string): void {
    this.refuse(`/${rule.name}`, reason);
  }
}

function maskOf(schema: LogSchema, isIn: (rule: FieldRule) => boolean): number {
  return schema.rules.reduce((mask, rule, field) => (isIn(rule) ? mask | bit(field) : mask), 0);
}

const NAME_CHARACTERS = new Uint8Array(128);
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@:-') {
  NAME_CHARACTERS[character.charCodeAt(0)] = 1;
}

/** Same test as `isSubjectName`, without a regular expression: it runs for every record. */
function isName(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (NAME_CHARACTERS[text.charCodeAt(index)] !== 1) return false;
  }
  return text.length > 0;
}
