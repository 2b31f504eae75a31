// Cost of detectors per step and record, of selectors per record, and memory per state.
// Usage: node --expose-gc --import tsx bench/streams.ts
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { projectRoot } from '../src/core/root.ts';
import type { LogRecord } from '../src/model/record.ts';
import { subjectId } from '../src/model/subject.ts';
import type { Detector } from '../src/streams/detector.ts';
import { compileDetectors } from '../src/streams/detector-set.ts';

const FILE = 'config/anomaly_schema.yaml';
const { detectors } = compileDetectors(readFileSync(join(projectRoot(), FILE), 'utf8'), FILE);
const SUBJECT = subjectId('service', 'payment');
const START = Date.UTC(2026, 0, 1);
const STEPS = 3000;

const record = (at: number, fields: Partial<LogRecord> = {}): LogRecord => ({
  timestamp: START + at,
  level: 17,
  service: 'payment',
  message: `Timeout of request ${at} to the upstream payment gateway`,
  userId: 'u42',
  requestId: `request-${at}`,
  errorCode: undefined,
  durationMs: undefined,
  deviceId: undefined,
  attributes: undefined,
  vitals: undefined,
  ...fields,
});

const LOADS: Readonly<Record<string, (index: number) => LogRecord>> = {
  error_spike: (index) => record(index * 10_000),
  suspicious_user_activity: (index) => record(index * 100_000),
  database_connection_failure: (index) => record(index * 20_000, { message: 'ECONNREFUSED' }),
  slow_response: (index) =>
    record(index * 10, {
      durationMs: 5001 + (index % 977) * 7,
      attributes: { route: `/r${index % 3}` },
    }),
};

function stepCost(detector: Detector, make: (index: number) => LogRecord, size: number): number {
  const triggers = Array.from({ length: size }, (_, ordinal) => `1.${ordinal}`);
  const batches = Array.from({ length: STEPS }, (_, step) =>
    Array.from({ length: size }, (_, index) => make(step * size + index)),
  );
  let best = Infinity;
  for (let round = 0; round < 5; round += 1) {
    let state = detector.initial(SUBJECT);
    const started = performance.now();
    for (const records of batches) {
      const input = { type: 'records', subject: SUBJECT, records, triggers } as const;
      state = detector.detect(state, input).state;
    }
    best = Math.min(best, performance.now() - started);
  }
  return (best * 1000) / STEPS;
}

function selectorCost(detector: Detector): number {
  const selector = detector.selector(detector.initial(SUBJECT));
  if (selector === undefined) return 0;
  const records = Array.from({ length: 1000 }, (_, index) =>
    record(index, { level: index % 10 === 0 ? 17 : 9 }),
  );
  let best = Infinity;
  for (let round = 0; round < 200; round += 1) {
    const started = performance.now();
    for (const each of records) selector(each);
    best = Math.min(best, performance.now() - started);
  }
  return best;
}

function stateBytes(detector: Detector, make: (index: number) => LogRecord, count: number): number {
  const records = Array.from({ length: count }, (_, index) => make(index));
  const triggers = records.map((_, ordinal) => `1.${ordinal}`);
  const used = (): number => {
    globalThis.gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = used();
  const input = { type: 'records', subject: SUBJECT, records, triggers } as const;
  const states = Array.from(
    { length: 3000 },
    () => detector.detect(detector.initial(SUBJECT), input).state,
  );
  return (used() - before) / states.length;
}

for (const detector of detectors) {
  const make = LOADS[detector.id];
  console.log(`${detector.id}: selector ${selectorCost(detector).toFixed(3)} µs/record`);
  if (make === undefined) continue;
  for (const size of [1, 10, 100]) {
    const cost = stepCost(detector, make, size);
    console.log(
      `  ${size} per step: ${cost.toFixed(2)} µs/step, ${(cost / size).toFixed(3)} µs/record`,
    );
  }
  const sizes = [1, 10, 1000].map(
    (count) => `${count}: ${stateBytes(detector, make, count).toFixed(0)}`,
  );
  console.log(`  bytes per state after records ${sizes.join(', ')}`);
}
