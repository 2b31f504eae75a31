import type { Clock } from '../../core/clock.ts';
import { judgeTemplates, type TemplateAccuracy } from '../../wire/templates/accuracy.ts';
import { createTemplateMiner } from '../../wire/templates/miner.ts';
import type { LabelledLine } from './labelled-set.ts';

export interface SetEvaluation {
  readonly accuracy: TemplateAccuracy;
  readonly linesPerSecond: number;
}

/** How long each set is mined over and over for its rate, and how often at least: the first passes are slow. */
const MEASURED_MS = 300;
const MEASURED_PASSES = 8;

/**
 * Mines the lines in order with a new miner and judges the outcome: the group
 * of a line is the template that it belongs to when all are in.
 */
export function evaluateSet(lines: readonly LabelledLine[], clock: Clock): SetEvaluation {
  const miner = createTemplateMiner();
  const ids = lines.map(({ content }) => miner.learn(content).id);
  const texts = new Map(miner.templates().map(({ id, template }) => [id, template]));
  const judged = lines.map(({ trueTemplate }, index) => {
    const learnt = ids[index] ?? '';
    const group = miner.resolve(learnt) ?? learnt;
    return { group, template: texts.get(group) ?? '', trueTemplate };
  });
  return { accuracy: judgeTemplates(judged), linesPerSecond: rateOf(lines, clock) };
}

/** Of the fastest pass; each starts with a new miner. */
function rateOf(lines: readonly LabelledLine[], clock: Clock): number {
  const end = clock.monotonic() + MEASURED_MS;
  let best = Infinity;
  for (let pass = 0; pass < MEASURED_PASSES || clock.monotonic() < end; pass += 1) {
    const miner = createTemplateMiner();
    const started = clock.monotonic();
    for (const { content } of lines) miner.learn(content);
    best = Math.min(best, clock.monotonic() - started);
  }
  return best > 0 ? Math.round((lines.length / best) * 1000) : 0;
}
