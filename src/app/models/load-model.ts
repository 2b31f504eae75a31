import { setImmediate } from 'node:timers/promises';
import type { LiveModel } from '../../actors/ports.ts';
import type { Clock } from '../../core/clock.ts';
import type { Artefact } from '../../ml/registry/artefact.ts';
import { MODEL_KINDS } from '../../ml/registry/model-kinds.ts';
import type { Steps } from '../../core/steps.ts';
import type { ModelInput } from '../../streams/detector.ts';
import { WINDOW_FEATURES } from '../../streams/detectors/feature-windows.ts';
import { restoreScoring, type Scoring } from './scoring.ts';
import { threadModel } from './thread-model.ts';
import { Turns } from './turns.ts';

/** Rows of the batch that is tried, and how long it may take on the main thread, in ms. */
const TRIAL = { rows: 256, events: 64, limitMs: 8, sliceMs: 4, tries: 5 };
/** Bytes of a model whose restoring would hold up this thread: about 3 ms. */
const HEAVY_BYTES = { sessions: 512 * 1024, rows: 4 * 1024 * 1024 };

/**
 * Makes an artefact ready to score: on this thread, in slices that do not hold
 * up the fold, when a full batch is quick enough; else on a thread of its own,
 * where a large model of sessions is restored to begin with.
 * @throws MODEL_INVALID, and ModelGone when the thread cannot start
 */
export async function loadModel(
  artefact: Artefact,
  clock: Clock,
  turns: Turns = new Turns(clock),
): Promise<LiveModel> {
  const heavy = heavyKind(artefact);
  if (heavy !== undefined) return threadModel(headOf(artefact, heavy), artefact, clock);
  const scoring = restoreScoring(artefact);
  const head = headOf(artefact, scoring.takes);
  if (await isSlow(scoring, artefact, clock)) return threadModel(head, artefact, clock);
  return { ...head, score: (inputs) => turns.run(scoring.scoring(inputs)) };
}

/** What a model takes that is too large to be restored here; `undefined` for others. */
function heavyKind({ model }: Artefact): LiveModel['takes'] | undefined {
  const takes = MODEL_KINDS.get(model.kind)?.takes;
  if (takes === undefined || bytesOf(model.state) <= HEAVY_BYTES[takes]) return undefined;
  return takes === 'rows' ? 'vectors' : 'events';
}

/** What plain data weighs in arrays of numbers. */
function bytesOf(data: unknown): number {
  if (typeof data !== 'object' || data === null) return 0;
  if (ArrayBuffer.isView(data)) return data.byteLength;
  return Object.values(data).reduce((sum: number, part) => sum + bytesOf(part), 0);
}

/** What there is to say of a model before it scores. */
export function headOf(artefact: Artefact, takes: LiveModel['takes']): Omit<LiveModel, 'score'> {
  const { id, metadata } = artefact;
  const reach = metadata.metrics['highest_surprise'];
  return {
    id,
    takes,
    ...(metadata.features === undefined ? {} : { features: featuresOf(artefact) }),
    ...(reach === undefined ? {} : { reach }),
  };
}

/** A model that was trained on windows scaled by subject says so in its parameters. */
function featuresOf({ metadata }: Artefact): string {
  const isScaled = metadata.parameters['scale'] === 'subject';
  return `${metadata.features?.hash ?? ''}${isScaled ? '+subject' : ''}`;
}

/** By the quickest of a few tries: the first compiles, and others may be held up by what else runs. */
async function isSlow(scoring: Scoring, artefact: Artefact, clock: Clock): Promise<boolean> {
  const inputs = trialInputs(scoring, artefact);
  if (inputs === undefined) return false;
  for (let turn = 0; turn < TRIAL.tries; turn += 1) {
    try {
      if (await isQuick(scoring.scoring(inputs), clock)) return false;
    } catch {
      return false;
    }
  }
  return true;
}

/** Whether the work itself keeps to the limit; others run in between, and it is given up beyond. */
async function isQuick(steps: Steps<unknown>, clock: Clock): Promise<boolean> {
  let spent = 0;
  while (spent <= TRIAL.limitMs) {
    const start = clock.monotonic();
    let took = 0;
    let isDone: boolean | undefined = false;
    while (isDone !== true && took < TRIAL.sliceMs) {
      isDone = steps.next().done;
      took = clock.monotonic() - start;
    }
    spent += took;
    if (isDone === true) return spent <= TRIAL.limitMs;
    await setImmediate();
  }
  return false;
}

function trialInputs(
  { takes }: Scoring,
  { metadata }: Artefact,
): readonly ModelInput[] | undefined {
  const rows = { length: TRIAL.rows };
  if (takes === 'events')
    return Array.from(rows, (_, row) =>
      Uint32Array.from({ length: TRIAL.events }, (__, at) => (row * 7 + at) % 50),
    );
  const { hash } = metadata.features ?? {};
  const own = Object.values(WINDOW_FEATURES).find(({ set }) => set.hash === hash);
  const { columns } = metadata.parameters;
  const width = own?.set.columns.length ?? (Array.isArray(columns) ? columns.length : 0);
  if (width === 0) return undefined;
  return Array.from(rows, (_, row) =>
    Float64Array.from({ length: width }, (__, at) => Math.sin(row * width + at)),
  );
}
