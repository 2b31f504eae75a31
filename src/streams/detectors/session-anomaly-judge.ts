import type { Contribution } from '../../model/journal-entry.ts';
import type { Detection, ExplainContext, Explanation, ScoreInput } from '../detector.ts';
import { clockText, spanText } from '../explain-text.ts';
import { eventOf } from './event-id.ts';
import { contributionText, FALLBACK_TEXT, rounded, scoreFacts } from './score-evidence.ts';
import type { LastAnswer } from './score-evidence.ts';
import { evidenceOf } from './session-anomaly-state.ts';
import type { SessionConfig, SessionNote, SessionState } from './session-anomaly-state.ts';

/** Judges a session by its score, or by the rule when there is none. */
export function judgeSession(
  config: SessionConfig,
  state: SessionState,
  input: ScoreInput,
): Detection<SessionState> {
  const note = input.request.note as SessionNote;
  const last = lastOf(config, input, note);
  if (!last.isUnusual) return { state: { ...state, last }, findings: [] };
  const unusual = state.unusual + 1;
  const alarmAt = Math.max(state.alarmAt ?? note.last, note.last);
  const facts = scoreFacts(input);
  const contributions = named(input, note);
  const why = whyOf(input, note, contributions);
  const finding = config.finding({
    action: state.alarmAt === undefined ? 'open' : 'update',
    subject: input.subject,
    key: '',
    trigger: note.trigger,
    at: note.last,
    summary: `unusual session ${note.key} of ${note.events} records: ${why}`,
    evidence: evidenceOf(config, last, {
      ...facts,
      ...(contributions.length === 0 ? {} : { contributions }),
      model_name: config.model,
      explanation: why,
      session: note.key,
      events: note.events,
      duration: spanText(note.last - note.first),
      sessions: unusual,
    }),
  });
  return { state: { ...state, last, alarmAt, unusual }, findings: [finding] };
}

function lastOf(
  { threshold, ruleRarity }: SessionConfig,
  { answer, at, model }: ScoreInput,
  { errors, rarity }: SessionNote,
): LastAnswer {
  if ('failure' in answer) {
    const isUnusual = errors > 0 && rarity >= ruleRarity;
    return { at, model: '', failure: answer.failure, value: rounded(rarity), isUnusual };
  }
  const value = rounded(answer.surprise);
  return { at, model, failure: undefined, value, isUnusual: answer.surprise >= threshold };
}

function whyOf(
  { answer }: ScoreInput,
  { rarity }: SessionNote,
  contributions: readonly Contribution[],
): string {
  if ('failure' in answer) {
    const share = Math.round(10 ** rarity);
    return `an error, and a message that is one in ${share} (${FALLBACK_TEXT[answer.failure]}, so the rule decided)`;
  }
  const parts = contributionText(contributions);
  return `surprise ${rounded(answer.surprise)}${parts === '' ? '' : `: ${parts}`}`;
}

/** Contributions that name an event by number name its template, where the session has it. */
function named({ answer }: ScoreInput, { templates }: SessionNote): readonly Contribution[] {
  if ('failure' in answer || answer.contributions.length === 0) return [];
  const byEvent = new Map(templates.map((template) => [String(eventOf(template)), template]));
  return answer.contributions.map(({ name, share }) => ({
    name: name.replace(/\d+/g, (event) => byEvent.get(event) ?? event),
    share: rounded(share),
  }));
}

export function explainSessions(
  { threshold, ruleRarity, quiet, model }: SessionConfig,
  { last, sessions, ended, alarmAt }: SessionState,
  { shiftMs }: ExplainContext,
): Explanation {
  const counted = `${sessions.size} sessions open, ${ended} ended`;
  if (last === undefined)
    return {
      state: 'idle',
      text: `${counted}; none judged`,
      value: 0,
      threshold,
      unit: 'surprise',
    };
  const isByRule = last.failure !== undefined;
  const figures = {
    value: last.value,
    threshold: isByRule ? ruleRarity : rounded(threshold),
    unit: isByRule ? 'rarity' : 'surprise',
  };
  const measured = `${figures.value} of ${figures.threshold} ${figures.unit}`;
  const by =
    last.failure === undefined
      ? `${measured} by ${model} (${last.model.slice(0, 12)})`
      : `${last.failure === 'missing' ? 'learning: ' : ''}${measured} by the rule, since ${FALLBACK_TEXT[last.failure]}`;
  const text = `${counted}; the last: ${by}`;
  if (alarmAt === undefined) return { state: 'quiet', text, ...figures };
  const dueAt = alarmAt + quiet + shiftMs;
  const until = `resolves at ${clockText(dueAt)} if no unusual session comes`;
  return { state: 'open', text: `firing: ${text}; ${until}`, ...figures, dueAt };
}
