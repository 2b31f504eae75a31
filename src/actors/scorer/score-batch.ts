import type { ScoreFailure, ScoreResult } from '../../model/journal-entry.ts';
import type { ModelInput, ScoreRequest } from '../../streams/detector.ts';
import { ModelGone, type LiveModel, type Scored } from '../ports.ts';

/** Calls of a model at most to find the rows of a batch that it cannot score. */
const CALLS = 40;
const MAX_SURPRISE = 16;
const CONTRIBUTIONS = 3;

/**
 * Scores requests with one model; one result each, in order, and never a
 * throw. Rows that make the model throw are parted from the others by halving
 * the batch, as far as 40 calls go.
 */
export function scoreBatch(
  model: LiveModel,
  requests: readonly ScoreRequest[],
): readonly ScoreResult[] | Promise<readonly ScoreResult[]> {
  const results = requests.map((request): ScoreResult | undefined =>
    fits(model, request) ? undefined : { failure: 'features' },
  );
  const fitting = requests.flatMap((request, index) =>
    results[index] === undefined ? [request.input] : [],
  );
  const merge = (scored: readonly ScoreResult[]): readonly ScoreResult[] => {
    let next = 0;
    return results.map((result) => result ?? scored[next++] ?? BROKEN);
  };
  if (fitting.length === 0) return merge([]);
  const scored = attempt(model, fitting, { calls: CALLS });
  return scored instanceof Promise ? scored.then(merge) : merge(scored);
}

const BROKEN: ScoreResult = Object.freeze({ failure: 'broken' });

/** Whether every row failed, and by what first. */
export function failureOf(results: readonly ScoreResult[]): ScoreFailure | undefined {
  let first: ScoreFailure | undefined;
  for (const result of results) {
    if (!('failure' in result)) return undefined;
    first ??= result.failure;
  }
  return first;
}

function fits({ takes, features }: LiveModel, request: ScoreRequest): boolean {
  if (request.features !== undefined && features !== undefined && request.features !== features)
    return false;
  return takes === (request.input instanceof Float64Array ? 'vectors' : 'events');
}

interface Budget {
  calls: number;
}

function attempt(
  model: LiveModel,
  inputs: readonly ModelInput[],
  budget: Budget,
): readonly ScoreResult[] | Promise<readonly ScoreResult[]> {
  if (budget.calls === 0) return inputs.map(() => BROKEN);
  budget.calls -= 1;
  try {
    const scored = model.score(inputs);
    if (!(scored instanceof Promise)) return resultsOf(scored, inputs.length);
    return scored.then(
      (all) => resultsOf(all, inputs.length),
      (error: unknown) => recover(error, model, { inputs, budget }),
    );
  } catch (error) {
    return recover(error, model, { inputs, budget });
  }
}

/** Rows that failed together, halved. */
function recover(
  error: unknown,
  model: LiveModel,
  { inputs, budget }: { readonly inputs: readonly ModelInput[]; readonly budget: Budget },
): readonly ScoreResult[] | Promise<readonly ScoreResult[]> {
  if (inputs.length === 1 || error instanceof ModelGone) return inputs.map(() => BROKEN);
  const middle = inputs.length >> 1;
  const first = attempt(model, inputs.slice(0, middle), budget);
  const second = (
    head: readonly ScoreResult[],
  ): readonly ScoreResult[] | Promise<readonly ScoreResult[]> => {
    const tail = attempt(model, inputs.slice(middle), budget);
    return tail instanceof Promise ? tail.then((all) => [...head, ...all]) : [...head, ...tail];
  };
  return first instanceof Promise ? first.then(second) : second(first);
}

function resultsOf(scored: readonly Scored[], count: number): readonly ScoreResult[] {
  if (scored.length !== count) return Array.from({ length: count }, () => BROKEN);
  return scored.map(({ raw, surprise, contributions }) => {
    if (!Number.isFinite(raw) || !Number.isFinite(surprise)) return { failure: 'nan' };
    return {
      surprise: Math.min(MAX_SURPRISE, Math.max(0, surprise)),
      contributions: contributions
        .filter(({ share }) => Number.isFinite(share))
        .slice(0, CONTRIBUTIONS),
    };
  });
}
