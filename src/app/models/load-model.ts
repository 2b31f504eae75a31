import type { LiveModel } from '../../actors/ports.ts';
import type { Clock } from '../../core/clock.ts';
import type { Artefact } from '../../ml/registry/artefact.ts';
import type { ModelInput } from '../../streams/detector.ts';
import { WINDOW_FEATURES } from '../../streams/detectors/feature-windows.ts';
import { restoreScoring, type Scoring } from './scoring.ts';
import { threadModel } from './thread-model.ts';

/** Rows of the batch that is tried, and how long it may take on the main thread, in ms. */
const TRIAL = { rows: 256, events: 64, limitMs: 8, tries: 5 };

/**
 * Makes an artefact ready to score: on this thread when a full batch is quick
 * enough not to hold up the fold, else on a thread of its own.
 * @throws MODEL_INVALID
 */
export function loadModel(artefact: Artefact, clock: Clock): LiveModel | Promise<LiveModel> {
  const scoring = restoreScoring(artefact);
  const { id, metadata } = artefact;
  const head = {
    id,
    takes: scoring.takes,
    ...(metadata.features === undefined ? {} : { features: featuresOf(artefact) }),
  };
  if (trialMs(scoring, artefact, clock) > TRIAL.limitMs) return threadModel(head, artefact, clock);
  return { ...head, score: (inputs) => scoring.score(inputs) };
}

/** A model that was trained on windows scaled by subject says so in its parameters. */
function featuresOf({ metadata }: Artefact): string {
  const isScaled = metadata.parameters['scale'] === 'subject';
  return `${metadata.features?.hash ?? ''}${isScaled ? '+subject' : ''}`;
}

/** The quickest of a few tries: the first compiles, and others may be held up by what else runs. */
function trialMs(scoring: Scoring, artefact: Artefact, clock: Clock): number {
  const inputs = trialInputs(scoring, artefact);
  if (inputs === undefined) return 0;
  let took = Infinity;
  for (let turn = 0; turn < TRIAL.tries && took > TRIAL.limitMs; turn += 1) {
    const start = clock.monotonic();
    try {
      scoring.score(inputs);
    } catch {
      return 0;
    }
    took = Math.min(took, clock.monotonic() - start);
  }
  return took;
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
