import type { Evidence, Finding } from '../../model/finding.ts';
import { isError } from '../../model/level.ts';
import type { LogRecord } from '../../model/record.ts';
import type { FindingFacts } from '../define-detector.ts';
import type { DeadlineInput, Detection, RecordsInput, ScoreRequest } from '../detector.ts';
import { eventOf } from './event-id.ts';
import { readAnswer } from './score-evidence.ts';
import type { LastAnswer } from './score-evidence.ts';

export interface SessionConfig {
  readonly model: string;
  readonly idle: number;
  readonly maxEvents: number;
  readonly maxSessions: number;
  readonly minEvents: number;
  readonly ruleRarity: number;
  readonly timeout: number;
  readonly quiet: number;
  /** Surprise at which it fires. */
  readonly threshold: number;
  readonly finding: (facts: FindingFacts) => Finding;
}

/** What tells sessions apart; `undefined` for a record of none. */
export type KeyOf = (record: LogRecord) => string | undefined;

/** An open session; never changed, but replaced. */
export interface Session {
  readonly key: string;
  /** Templates of its records in order. */
  readonly templates: readonly string[];
  readonly first: number;
  readonly last: number;
  readonly errors: number;
  /** −log10 of the share of the rarest message. */
  readonly rarity: number;
  /** Of its last record. */
  readonly trigger: string;
}

export interface SessionState {
  /** Open sessions by key, the one that was heard of longest ago first. */
  readonly sessions: ReadonlyMap<string, Session>;
  /** Sessions ended so far. */
  readonly ended: number;
  readonly last: LastAnswer | undefined;
  /** Event time of the newest unusual session of an open alert, and how many there were. */
  readonly alarmAt: number | undefined;
  readonly unusual: number;
}

/** What comes back with the answer. */
export interface SessionNote {
  readonly key: string;
  readonly first: number;
  readonly last: number;
  readonly errors: number;
  readonly rarity: number;
  readonly events: number;
  /** Different templates, at most 64, to name what the model names by number. */
  readonly templates: readonly string[];
  readonly trigger: string;
}

export const NO_SESSIONS: SessionState = Object.freeze({
  sessions: new Map<string, Session>(),
  ended: 0,
  last: undefined,
  alarmAt: undefined,
  unusual: 0,
});

const NAMED = 64;
const KEY_LENGTH = 128;

export function sessionKey(name: string): KeyOf {
  if (name === 'request_id') return ({ requestId }) => requestId?.slice(0, KEY_LENGTH);
  return ({ attributes }) => {
    const value = attributes?.[name];
    if (typeof value === 'number') return String(value);
    return typeof value === 'string' && value !== '' ? value.slice(0, KEY_LENGTH) : undefined;
  };
}

export function foldRecords(
  config: SessionConfig & { readonly keyOf: KeyOf },
  state: SessionState,
  { records, triggers }: RecordsInput,
): Detection<SessionState> {
  const sessions = new Map(state.sessions);
  const requests: ScoreRequest[] = [];
  let { ended } = state;
  const end = (session: Session, trigger: string): void => {
    sessions.delete(session.key);
    ended += 1;
    if (session.templates.length >= config.minEvents)
      requests.push(requestOf(config, session, trigger));
  };
  for (const [index, record] of records.entries()) {
    const key = config.keyOf(record) ?? '';
    const trigger = triggers[index] ?? '';
    const before = sessions.get(key);
    const oldest = sessions.values().next().value;
    if (before === undefined && oldest !== undefined && sessions.size >= config.maxSessions)
      end(oldest, trigger);
    const session = longer(before, record, { key, trigger });
    // Set anew, so that the map stays in order of when a session was last heard of.
    sessions.delete(key);
    sessions.set(key, session);
    if (session.templates.length >= config.maxEvents) end(session, trigger);
  }
  return { state: { ...state, sessions, ended }, findings: [], requests };
}

function longer(
  before: Session | undefined,
  { timestamp, level, templateId = '', templateRarity = 0 }: LogRecord,
  { key, trigger }: { readonly key: string; readonly trigger: string },
): Session {
  const {
    templates = [],
    first = timestamp,
    last = timestamp,
    errors = 0,
    rarity = 0,
  } = before ?? {};
  return {
    key,
    templates: [...templates, templateId],
    first: Math.min(first, timestamp),
    last: Math.max(last, timestamp),
    errors: errors + (isError(level) ? 1 : 0),
    rarity: Math.max(rarity, templateRarity),
    trigger,
  };
}

/** When the session that was heard of longest ago ends, or the open alert resolves. */
export function sessionDue(
  { idle, quiet }: SessionConfig,
  { sessions, alarmAt }: SessionState,
): number | undefined {
  const oldest = sessions.values().next().value;
  const ends = oldest === undefined ? undefined : oldest.last + idle;
  const resolves = alarmAt === undefined ? undefined : alarmAt + quiet;
  if (ends === undefined || resolves === undefined) return ends ?? resolves;
  return Math.min(ends, resolves);
}

/** Ends the sessions that are idle, and resolves the alert when it is time. */
export function passDeadline(
  config: SessionConfig,
  state: SessionState,
  { deadline, subject }: DeadlineInput,
): Detection<SessionState> {
  const requests: ScoreRequest[] = [];
  const sessions = new Map(state.sessions);
  let { ended } = state;
  for (const session of state.sessions.values()) {
    if (session.last + config.idle > deadline) continue;
    sessions.delete(session.key);
    ended += 1;
    if (session.templates.length >= config.minEvents)
      requests.push(requestOf(config, session, `deadline:${deadline}`));
  }
  const next = { ...state, sessions, ended };
  const { alarmAt } = state;
  if (alarmAt === undefined || alarmAt + config.quiet > deadline)
    return { state: next, findings: [], requests };
  const resolved = config.finding({
    action: 'resolve',
    subject,
    key: '',
    trigger: `deadline:${deadline}`,
    at: deadline,
    summary: 'sessions are as usual again',
    evidence: evidenceOf(config, state.last, { sessions: state.unusual }),
  });
  return {
    state: { ...next, alarmAt: undefined, unusual: 0 },
    findings: [resolved],
    requests,
  };
}

export function evidenceOf(
  { threshold, ruleRarity, quiet }: SessionConfig,
  last: LastAnswer | undefined,
  facts: Evidence['facts'],
): Evidence {
  const isByRule = last?.failure !== undefined;
  return {
    value: last?.value ?? 0,
    threshold: isByRule ? ruleRarity : threshold,
    unit: isByRule ? 'rarity' : 'surprise',
    windowMs: quiet,
    samples: [],
    facts,
  };
}

function requestOf(
  { model, timeout }: SessionConfig,
  { key, templates, first, last, errors, rarity, trigger: newest }: Session,
  trigger: string,
): ScoreRequest {
  const note: SessionNote = {
    key,
    first,
    last,
    errors,
    rarity,
    events: templates.length,
    templates: [...new Set(templates)].slice(0, NAMED),
    trigger: newest,
  };
  return {
    model,
    // The same key may open another session while this one waits.
    key: `${newest}/${key}`,
    trigger,
    input: Uint32Array.from(templates, eventOf),
    timeoutMs: timeout,
    note,
  };
}

export function readState(data: unknown): SessionState {
  if (typeof data !== 'object' || data === null) return NO_SESSIONS;
  if (!('sessions' in data) || !Array.isArray(data.sessions)) return NO_SESSIONS;
  const { sessions, ended, last, alarmAt, unusual } = data as Omit<SessionState, 'sessions'> & {
    readonly sessions: readonly Session[];
  };
  return {
    sessions: new Map(sessions.map((session) => [session.key, session])),
    ended,
    last: readAnswer(last),
    alarmAt: alarmAt ?? undefined,
    unusual,
  };
}
