import { invalidSnapshot } from '../model.ts';
import type { ModelSnapshot } from '../model.ts';
import { BAND_LEVELS, Bands } from './bands.ts';
import type { BandsState } from './bands.ts';
import { Pending, pendingPlaces } from './pending.ts';
import type { PendingState } from './pending.ts';
import { Smoother, SMOOTHER_VALUES, knotsOf } from './smoother.ts';
import type { SmootherParameters, SmootherState } from './smoother.ts';

export interface ForecasterParts {
  readonly smoother: Smoother;
  readonly bands: Bands;
  readonly pending: Pending;
}

interface ForecasterState {
  readonly smoother: SmootherState;
  readonly bands: BandsState;
  readonly pending: PendingState;
}

const KIND = 'forecast';
const VERSION = 2;
const MOST_HORIZONS = 64;
const MOST_WARM_UP = 2_000;

export function writeForecaster({ smoother, bands, pending }: ForecasterParts): ModelSnapshot {
  const state: ForecasterState = {
    smoother: smoother.state(),
    bands: bands.state(),
    pending: pending.state(),
  };
  return { kind: KIND, version: VERSION, state };
}

/** @throws MODEL_INVALID */
export function readForecaster(snapshot: ModelSnapshot): ForecasterParts {
  requireThat(snapshot.kind === KIND, 'its kind differs');
  requireThat(snapshot.version === VERSION, 'its version differs');
  const state = snapshot.state as Partial<ForecasterState> | null | undefined;
  const { smoother, bands, pending } = state ?? {};
  requireThat(isSmoother(smoother), 'its smoother is damaged');
  requireThat(isBands(bands), 'its bands are damaged');
  const { horizons } = bands;
  requireThat(isPending(pending, horizons), 'its forecasts are damaged');
  return {
    smoother: Smoother.from(smoother),
    bands: Bands.from(bands),
    pending: Pending.from([...horizons], pending),
  };
}

function isSmoother(data: SmootherState | undefined): data is SmootherState {
  if (data === undefined || !(data.stepMs > 0 && Number.isFinite(data.stepMs))) return false;
  if (!isParameters(data.parameters)) return false;
  if (!areNumbers(data.values, SMOOTHER_VALUES)) return false;
  const { day, week } = knotsOf(data.parameters);
  return areNumbers(data.day, day) && areNumbers(data.week, week);
}

function isParameters(data: SmootherParameters | undefined): boolean {
  if (data === undefined) return false;
  const { level, trend, damping, season, seasons, warmUp = 0 } = data;
  if (!(warmUp >= 0 && warmUp <= MOST_WARM_UP)) return false;
  const areShares = [level, trend, season].every((share) => share >= 0 && share <= 1);
  return areShares && damping >= 0 && damping < 1 && [0, 1, 2].includes(seasons);
}

function isBands(data: BandsState | undefined): data is BandsState {
  if (data === undefined || !Array.isArray(data.horizons)) return false;
  const { horizons } = data as { horizons: readonly number[] };
  if (horizons.length === 0 || horizons.length > MOST_HORIZONS) return false;
  const isRising = horizons.every(
    (steps, index) => Number.isInteger(steps) && steps > (horizons[index - 1] ?? 0),
  );
  if (!isRising || (horizons.at(-1) as number) > 2_000) return false;
  return (
    areNumbers(data.quantiles, horizons.length * BAND_LEVELS.length) &&
    areNumbers(data.errors, horizons.length * 2) &&
    data.errors.every((value) => value >= 0)
  );
}

function isPending(
  data: PendingState | undefined,
  horizons: readonly number[],
): data is PendingState {
  const width = pendingPlaces(horizons);
  if (data === undefined || !Number.isSafeInteger(data.step) || data.step < 0) return false;
  return areNumbers(data.forecasts, width) && areNumbers(data.targets, width);
}

/** Sums of squares stay finite up to this. */
const LARGEST = 1e250;

function areNumbers(data: unknown, length: number): data is Float64Array {
  return (
    data instanceof Float64Array &&
    data.length === length &&
    data.every((value) => Math.abs(value) <= LARGEST)
  );
}

function requireThat(holds: boolean, what: string): asserts holds {
  if (!holds) throw invalidSnapshot(KIND, what);
}
