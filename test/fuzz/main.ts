import { parseArgs } from 'node:util';

import { runCampaign } from './campaign.ts';
import { minimise, readCorpus, saveFinding, shorten, writeCorpus } from './corpus.ts';
import { Coverage } from './coverage.ts';
import { checkGrowth, checkTimes } from './growth.ts';
import { watchForHangs } from './hang-watch.ts';
import { observe, Violation } from './invariants.ts';
import { loadTarget } from './targets.ts';
import { checkTime, PROMISED } from './time-limit.ts';

// One target in a process of its own; scripts/fuzz.mjs starts one after the other.
const { values } = parseArgs({
  options: {
    target: { type: 'string' },
    seconds: { type: 'string' },
    seed: { type: 'string' },
    minimise: { type: 'boolean' },
  },
});

const MOST_FINDINGS = 8;
const MOST_GROWN = 12;
/** A corpus holds small files. */
const MOST_KEPT_BYTES = 4_096;
const HANG_MS = 20_000;

const name = values.target ?? '';
const seconds = Number(values.seconds ?? 20);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
Coverage.begin();
const target = await loadTarget(name);
const corpus = readCorpus(name).map(({ bytes }) => bytes);
const violations = new Map<string, Violation>();
const watch = watchForHangs(name, HANG_MS);
const watchedTarget = {
  ...target,
  run: (input: Uint8Array): unknown => {
    watch.note(input);
    return target.run(input);
  },
};
const begun = performance.now();
const { runs, covered, found } = await runCampaign(target, {
  seed,
  corpus,
  time: PROMISED,
  isOver: () => performance.now() - begun > seconds * 1000 || violations.size >= MOST_FINDINGS,
  onInput: watch.note,
  onViolation: note,
});
const elapsed = (performance.now() - begun) / 1000;
const worst = await grow();
await watch.end();
if (values.minimise === true) await keepSmallest();
const line = [
  `${runs} runs`,
  `${Math.round(runs / elapsed)}/s`,
  `${covered} characters covered`,
  `${found.length} new inputs`,
  `slowest at full size ${worst.toFixed(1)} ms`,
  `${violations.size} violations`,
  `seed ${seed}`,
];
console.log(`${name}: ${line.join(', ')}`);
for (const violation of violations.values()) await report(violation);
process.exit(violations.size > 0 ? 1 : 0);

function note(violation: Violation): void {
  const [head = ''] = violation.message.split('\n');
  const key = head.replaceAll(/\d+/g, '#').slice(0, 100);
  const known = violations.get(key);
  if (known === undefined || known.input.length > violation.input.length) {
    violations.set(key, violation);
  }
}

/** The corpus and what was found, blown up to full size. */
async function grow(): Promise<number> {
  const inputs = [...found.slice(-MOST_GROWN / 2), ...corpus.slice(0, MOST_GROWN / 2)];
  try {
    await checkGrowth(watchedTarget, inputs);
    return await checkTimes(watchedTarget, inputs, PROMISED);
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    note(error);
    return Number.NaN;
  }
}

async function keepSmallest(): Promise<void> {
  const small = [...corpus, ...found].filter(({ length }) => length <= MOST_KEPT_BYTES);
  const kept = await minimise(target, small);
  writeCorpus(name, kept);
  console.log(`${name}: the corpus has ${kept.length} inputs now`);
}

async function report(violation: Violation): Promise<void> {
  const { kind, input } = violation;
  const isTyped = kind === 'untyped-error' || kind === 'payload-in-message';
  violation.input = await shorten(input, async (each) => {
    const seen = isTyped
      ? await observe(target, each).catch((error: unknown) => error)
      : kind === 'slow' && (await checkTime(target, each, PROMISED).catch((error) => error));
    return seen instanceof Violation && seen.kind === kind;
  });
  console.log(`  ${violation.message}\n  kept as ${saveFinding(name, violation)}`);
}
