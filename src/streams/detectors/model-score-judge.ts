import type { Evidence, Finding } from '../../model/finding.ts';
import type { DeadlineInput, Detection, ScoreInput, ScoreRequest } from '../detector.ts';
import { closeWindow } from './model-score-state.ts';
import type { ModelScoreConfig, ModelScoreState, WindowNote } from './model-score-state.ts';
import { contributionText, FALLBACK_TEXT, rounded, scoreFacts } from './score-evidence.ts';
import type { LastAnswer } from './score-evidence.ts';

/** Closes the window that is due, or resolves the alert. */
export function pastDeadline(
  config: ModelScoreConfig,
  state: ModelScoreState,
  { deadline, subject }: DeadlineInput,
): Detection<ModelScoreState> {
  const requests: ScoreRequest[] = [];
  const { open, alarmAt } = state;
  const isClosing = open !== undefined && open.start + config.window + config.lateness <= deadline;
  const next = isClosing
    ? closeWindow(config, state, { requests, trigger: `deadline:${deadline}` })
    : state;
  if (alarmAt === undefined || alarmAt + config.quiet > deadline)
    return { state: next, findings: [], requests };
  const resolved = config.finding({
    action: 'resolve',
    subject,
    key: '',
    trigger: `deadline:${deadline}`,
    at: deadline,
    summary: 'windows are as usual again',
    evidence: evidenceOf(config, next.last, {}),
  });
  return { state: { ...next, alarmAt: undefined }, findings: [resolved], requests };
}

/** Judges a window by its score, or by the rule when there is none. */
export function judgeAnswer(
  config: ModelScoreConfig,
  state: ModelScoreState,
  input: ScoreInput,
): Detection<ModelScoreState> {
  const note = input.request.note as WindowNote;
  const last = lastOf(config, input, note);
  if (!last.isUnusual) return { state: { ...state, last }, findings: [] };
  const { alarmAt } = state;
  const finding = report(config, input, { last, note, isOpen: alarmAt !== undefined });
  const newest = Math.max(alarmAt ?? note.end, note.end);
  return { state: { ...state, last, alarmAt: newest }, findings: [finding] };
}

function lastOf(
  { threshold, ruleDeviations }: ModelScoreConfig,
  { answer, at, model }: ScoreInput,
  { deviations }: WindowNote,
): LastAnswer {
  if ('failure' in answer) {
    const isUnusual = deviations >= ruleDeviations;
    return { at, model: '', failure: answer.failure, value: deviations, isUnusual };
  }
  const { surprise } = answer;
  return { at, model, failure: undefined, value: surprise, isUnusual: surprise >= threshold };
}

interface Report {
  readonly last: LastAnswer;
  readonly note: WindowNote;
  readonly isOpen: boolean;
}

function report(
  config: ModelScoreConfig,
  input: ScoreInput,
  { last, note, isOpen }: Report,
): Finding {
  const { answer, subject } = input;
  const explanation =
    'failure' in answer
      ? `${note.column} is ${rounded(note.deviations)} deviations from its median (${FALLBACK_TEXT[answer.failure]}, so the rule decided)`
      : `surprise ${rounded(answer.surprise)}: ${contributionText(answer.contributions) || note.column}`;
  return config.finding({
    action: isOpen ? 'update' : 'open',
    subject,
    key: '',
    trigger: note.trigger,
    at: note.end,
    summary: `unusual ${config.features.set.name} window: ${explanation}`,
    evidence: evidenceOf(config, last, {
      ...scoreFacts(input),
      model_name: config.model,
      explanation,
      features: `${config.features.set.name}@${config.features.set.version}`,
      window_start: note.start,
    }),
  });
}

function evidenceOf(
  { threshold, ruleDeviations, window }: ModelScoreConfig,
  last: LastAnswer | undefined,
  facts: Evidence['facts'],
): Evidence {
  const isByRule = last?.failure !== undefined;
  return {
    value: rounded(last?.value ?? 0),
    threshold: rounded(isByRule ? ruleDeviations : threshold),
    unit: isByRule ? 'deviations' : 'surprise',
    windowMs: window,
    samples: [],
    facts,
  };
}
