import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** A series cut into what is learned and what is forecast. */
export interface ForecastSeries {
  readonly name: string;
  readonly group: 'telemetry' | 'nab';
  readonly stepMs: number;
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
  /** Where the forecast part begins. */
  readonly testFrom: number;
}

/** SMD is a value a minute, ASD one in five; the files hold no times. */
const TELEMETRY_STEP_MS = (name: string): number => (name.startsWith('machine') ? 60_000 : 300_000);
const EPOCH = Date.UTC(2020, 0, 6);

/** Every metric of every machine that is not constant in its training part. */
export function telemetrySeries(folder: string): readonly ForecastSeries[] {
  const meta = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8')) as readonly {
    readonly name: string;
    readonly dims: number;
  }[];
  const names = new Set(readdirSync(folder));
  return meta
    .filter(({ name }) => names.has(`${name}_train.f32.gz`) && names.has(`${name}_test.f32.gz`))
    .flatMap(({ name, dims }) => {
      const train = floats(join(folder, `${name}_train.f32.gz`));
      const test = floats(join(folder, `${name}_test.f32.gz`));
      return Array.from({ length: dims }, (_, column) =>
        columnSeries({ name, dims, column, train, test }),
      ).filter(varies);
    });
}

function columnSeries({
  name,
  dims,
  column,
  train,
  test,
}: {
  readonly name: string;
  readonly dims: number;
  readonly column: number;
  readonly train: Float32Array;
  readonly test: Float32Array;
}): ForecastSeries {
  const stepMs = TELEMETRY_STEP_MS(name);
  const trained = train.length / dims;
  const rows = trained + test.length / dims;
  const values = new Float64Array(rows);
  for (let row = 0; row < rows; row += 1) {
    const [source, at] = row < trained ? [train, row] : [test, row - trained];
    values[row] = source[at * dims + column] ?? 0;
  }
  const timestamps = Float64Array.from(values, (_, row) => EPOCH + row * stepMs);
  return {
    name: `${name}/${column}`,
    group: 'telemetry',
    stepMs,
    timestamps,
    values,
    testFrom: trained,
  };
}

/** The streams of the anomaly benchmark: the first half is learned, the second forecast. */
export function nabSeries(folder: string): readonly ForecastSeries[] {
  const data = join(folder, 'data');
  return readdirSync(data)
    .sort()
    .flatMap((group) =>
      readdirSync(join(data, group))
        .filter((name) => name.endsWith('.csv'))
        .sort()
        .map((name) => nabFile(join(data, group, name), `${group}/${name}`)),
    )
    .filter(varies);
}

function nabFile(path: string, name: string): ForecastSeries {
  const rows = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))
    .map(
      ([time = '', value = '']) =>
        [Date.parse(`${time.replace(' ', 'T')}Z`), Number(value)] as const,
    )
    .filter(([time, value]) => Number.isFinite(time) && Number.isFinite(value));
  const timestamps = Float64Array.from(rows, ([time]) => time);
  const values = Float64Array.from(rows, ([, value]) => value);
  const testFrom = Math.floor(values.length / 2);
  const gaps = Float64Array.from(
    timestamps.subarray(1, testFrom),
    (time, index) => time - (timestamps[index] as number),
  ).sort();
  const stepMs = gaps[Math.floor(gaps.length / 2)] ?? 300_000;
  return { name, group: 'nab', stepMs: Math.max(1_000, stepMs), timestamps, values, testFrom };
}

function varies({ values, testFrom }: ForecastSeries): boolean {
  const train = values.subarray(0, testFrom);
  return train.some((value) => value !== train[0]);
}

function floats(path: string): Float32Array {
  const bytes = gunzipSync(readFileSync(path));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}
