import { createScaler, restoreScaler } from '../../ml/features/scaler.ts';
import type { Scaler } from '../../ml/features/scaler.ts';
import { readWindow, type FeatureWindow } from '../../ml/features/window.ts';
import type { ModelSnapshot } from '../../ml/model.ts';
import type { Finding } from '../../model/finding.ts';
import type { LogRecord } from '../../model/record.ts';
import type { FindingFacts } from '../define-detector.ts';
import type { Detection, RecordsInput, ScoreRequest } from '../detector.ts';
import type { WindowFeatures } from './feature-windows.ts';
import { readAnswer } from './score-evidence.ts';
import type { LastAnswer } from './score-evidence.ts';

export interface ModelScoreConfig {
  readonly model: string;
  readonly features: WindowFeatures;
  /** Length of a window in ms. */
  readonly window: number;
  readonly lateness: number;
  readonly minWindows: number;
  readonly ruleDeviations: number;
  readonly isScaled: boolean;
  readonly timeout: number;
  readonly quiet: number;
  /** Surprise at which it fires. */
  readonly threshold: number;
  readonly finding: (facts: FindingFacts) => Finding;
}

export interface ModelScoreState {
  readonly open: OpenWindow | undefined;
  /** Records before this are of windows that were closed. */
  readonly closedUntil: number;
  /** Windows closed so far. */
  readonly windows: number;
  /** What is usual for this subject; `undefined` before the first window. */
  readonly scaler: ModelSnapshot | undefined;
  readonly last: LastAnswer | undefined;
  /** End of the newest unusual window of an open alert. */
  readonly alarmAt: number | undefined;
}

interface OpenWindow {
  /** Event time in ms, a multiple of the window's length. */
  readonly start: number;
  readonly window: FeatureWindow;
  /** Of its last record. */
  readonly trigger: string;
}

/** What comes back with the answer. */
export interface WindowNote {
  readonly start: number;
  readonly end: number;
  /** Deviations of the feature that is farthest from its median, and which it is. */
  readonly deviations: number;
  readonly column: string;
  /** Of the window's last record. */
  readonly trigger: string;
}

interface Vectors {
  readonly raw: Float64Array;
  readonly scaled: Float64Array;
  /** Of what closed the window. */
  readonly trigger: string;
}

export const IDLE: ModelScoreState = Object.freeze({
  open: undefined,
  closedUntil: Number.NEGATIVE_INFINITY,
  windows: 0,
  scaler: undefined,
  last: undefined,
  alarmAt: undefined,
});

/** Gathers records by window; what is closed by a later record is asked for. */
export function foldRecords(
  config: ModelScoreConfig,
  state: ModelScoreState,
  { records, triggers }: RecordsInput,
): Detection<ModelScoreState> {
  const requests: ScoreRequest[] = [];
  let closed = state;
  const { features } = config;
  // The committed state keeps its own window; the copy of this batch may be added to.
  let window = state.open && features.copy(state.open.window);
  let start = state.open?.start ?? state.closedUntil;
  let newest = state.open?.trigger ?? '';
  for (let index = 0; index < records.length; index += 1) {
    const record = records[index] as LogRecord;
    const own = Math.floor(record.timestamp / config.window) * config.window;
    if (own < start) continue;
    const trigger = triggers[index] ?? '';
    if (window !== undefined && own > start) {
      const open = { start, window, trigger: newest };
      closed = closeWindow(config, { ...closed, open }, { requests, trigger });
      window = undefined;
    }
    window ??= features.empty();
    start = own;
    newest = trigger;
    features.add(window, record);
  }
  const open = window === undefined ? undefined : { start, window, trigger: newest };
  return { state: { ...closed, open }, findings: [], requests };
}

/** Makes a vector of the open window and, once enough is known of the subject, a request. */
export function closeWindow(
  config: ModelScoreConfig,
  state: ModelScoreState,
  { requests, trigger }: { readonly requests: ScoreRequest[]; readonly trigger: string },
): ModelScoreState {
  const { open } = state;
  if (open === undefined) return state;
  const { set } = config.features;
  const raw = new Float64Array(set.columns.length);
  set.vector(open.window, raw);
  const scaler = scalerOf(config, state);
  const scaled = new Float64Array(raw.length);
  scaler.scale(raw, scaled);
  scaler.observe(raw);
  const windows = state.windows + 1;
  if (windows > config.minWindows) {
    requests.push(requestOf(config, open, { raw, scaled, trigger }));
  }
  return {
    ...state,
    open: undefined,
    closedUntil: open.start + config.window,
    windows,
    scaler: scaler.snapshot(),
  };
}

function requestOf(
  { features, isScaled, model, timeout, window }: ModelScoreConfig,
  { start, trigger: newest }: OpenWindow,
  { raw, scaled, trigger }: Vectors,
): ScoreRequest {
  const farthest = farthestColumn(features, raw, scaled);
  const note: WindowNote = {
    start,
    end: start + window,
    deviations: Math.abs(scaled[farthest] ?? 0),
    column: features.set.columns[farthest] ?? '',
    trigger: newest,
  };
  return {
    model,
    key: String(start),
    trigger,
    input: isScaled ? scaled : raw,
    features: isScaled ? `${features.set.hash}+subject` : features.set.hash,
    timeoutMs: timeout,
    note,
  };
}

/** Of what is there: a mean of nothing is 0, which is far from the usual and says nothing. */
function farthestColumn(
  { flags }: WindowFeatures,
  raw: Float64Array,
  scaled: Float64Array,
): number {
  let farthest = 0;
  let most = 0;
  for (const [column, value] of scaled.entries()) {
    const flag = flags[column];
    if (flag !== undefined && (flag === column || raw[flag] === 1)) continue;
    if (Math.abs(value) <= most) continue;
    farthest = column;
    most = Math.abs(value);
  }
  return farthest;
}

/** Robust, so that unusual windows that it learns hardly move it. */
function scalerOf({ features }: ModelScoreConfig, { scaler }: ModelScoreState): Scaler {
  return scaler === undefined
    ? createScaler(features.set.columns.length, { kind: 'robust' })
    : restoreScaler(scaler);
}

export function writeState(state: ModelScoreState): unknown {
  const { closedUntil } = state;
  return { ...state, closedUntil: Number.isFinite(closedUntil) ? closedUntil : null };
}

/** What another feature set left behind is forgotten. */
export function readState({ features }: ModelScoreConfig, data: unknown): ModelScoreState {
  if (typeof data !== 'object' || data === null) return IDLE;
  const { open, closedUntil, windows, scaler, last, alarmAt } = data as ModelScoreState;
  try {
    const own = scaler == null ? undefined : restoreScaler(scaler);
    if (own !== undefined && own.columns !== features.set.columns.length) return IDLE;
    const window = open == null ? undefined : readWindow(open.window, features.empty());
    if (open != null && window === undefined) return IDLE;
    return {
      open: open == null || window === undefined ? undefined : { ...open, window },
      closedUntil: (closedUntil as number | null) ?? Number.NEGATIVE_INFINITY,
      windows,
      scaler: own?.snapshot(),
      last: readAnswer(last),
      alarmAt: alarmAt ?? undefined,
    };
  } catch {
    return IDLE;
  }
}
