import { createForecaster } from '../../src/ml/forecast/forecaster.ts';
import { nabSeries, telemetrySeries } from '../support/ml/forecast.ts';
import type { ForecastSeries } from '../support/ml/forecast.ts';
import type { MlContext, MlFigure, MlPart } from '../support/ml/part.ts';

/** Steps ahead that are judged; one set for all series, fixed beforehand. */
const HORIZONS = [1, 12, 72] as const;
const DAY_MS = 86_400_000;

/**
 * Forecasts of every series at three horizons against the seasonal-naive one
 * (the value of a day ago; the newest value where a day has fewer than 8 steps
 * or the training part fewer than 3 days) and against the newest value.
 */
export const part: MlPart = {
  name: 'forecast',
  run(context: MlContext): readonly MlFigure[] {
    const telemetry = context.find('telemetry');
    const nab = context.find('nab');
    const series = [
      ...(telemetry === undefined ? [] : telemetrySeries(telemetry)),
      ...(nab === undefined ? [] : nabSeries(nab)),
    ];
    const judged = series.map((one, index) => {
      context.progress(`forecast: ${index + 1} of ${series.length}, ${one.name}`);
      return { group: one.group, ...judge(one) };
    });
    return (['telemetry', 'nab'] as const).flatMap((group) =>
      figures(
        group,
        judged.filter((one) => one.group === group),
      ),
    );
  },
};

interface Judged {
  /** Mean absolute error over the seasonal-naive and over the naive one; the mean over the horizons. */
  readonly overSeasonal: number;
  readonly overNaive: number;
  readonly perHorizon: readonly number[];
  /** Share of values inside the 90 % band, per horizon. */
  readonly coverage: readonly number[];
}

function judge(series: ForecastSeries): Judged {
  const { timestamps, values, testFrom, stepMs } = series;
  const forecaster = createForecaster({ stepMs, horizons: HORIZONS });
  forecaster.fit({
    timestamps: timestamps.subarray(0, testFrom),
    values: values.subarray(0, testFrom),
  });
  const day = Math.round(DAY_MS / stepMs);
  const season = day >= 8 && testFrom >= 3 * day ? day : 1;
  const sums = HORIZONS.map(() => ({ model: 0, seasonal: 0, naive: 0, inside: 0, count: 0 }));
  for (let index = testFrom; index < values.length; index += 1) {
    forecaster.observe(timestamps[index] as number, values[index] as number);
    for (const [place, horizon] of HORIZONS.entries()) {
      const actual = values[index + horizon];
      const sum = sums[place];
      if (actual === undefined || sum === undefined) continue;
      const { value, low, high } = forecaster.forecast(horizon) ?? { value: 0, low: 0, high: 0 };
      const back = index + horizon - season * Math.ceil(horizon / season);
      sum.model += Math.abs(actual - value);
      sum.seasonal += Math.abs(actual - (values[back] as number));
      sum.naive += Math.abs(actual - (values[index] as number));
      sum.inside += actual >= low && actual <= high ? 1 : 0;
      sum.count += 1;
    }
  }
  const perHorizon = sums.map(({ model, seasonal }) => ratio(model, seasonal));
  return {
    overSeasonal: mean(perHorizon),
    overNaive: mean(sums.map(({ model, naive }) => ratio(model, naive))),
    perHorizon,
    coverage: sums.map(({ inside, count }) => inside / count),
  };
}

/** Both without error: as good as each other. */
function ratio(one: number, other: number): number {
  if (other > 0) return one / other;
  return one === 0 ? 1 : 2;
}

function figures(group: string, judged: readonly Judged[]): readonly MlFigure[] {
  if (judged.length === 0) return [];
  const note = `${judged.length} series; parameters from each training part; constant series left out`;
  const overs = judged.map(({ overSeasonal }) => overSeasonal);
  const less = { lowerIsBetter: true } as const;
  return [
    {
      measure: `${group}: MASE against seasonal-naive, mean`,
      value: mean(overs),
      role: 'result',
      reach: 1,
      ...less,
      note,
    },
    { measure: `${group}: MASE, median`, value: median(overs), role: 'result', ...less },
    {
      measure: `${group}: share of series under 1`,
      value: mean(overs.map((one) => (one < 1 ? 1 : 0))),
      role: 'result',
    },
    {
      measure: `${group}: error over the newest value's, median`,
      value: median(judged.map(({ overNaive }) => overNaive)),
      role: 'result',
      ...less,
    },
    ...HORIZONS.flatMap((horizon, index): MlFigure[] => [
      {
        measure: `${group}: MASE ${horizon} steps ahead, median`,
        value: median(judged.map(({ perHorizon }) => perHorizon[index] as number)),
        role: 'result',
        ...less,
      },
      {
        measure: `${group}: coverage of the 90 % band, ${horizon} steps`,
        value: mean(judged.map(({ coverage }) => coverage[index] as number)),
        role: 'result',
      },
    ]),
  ];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
