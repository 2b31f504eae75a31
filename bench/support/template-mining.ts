// Mines the lines of one log set over and over; started by bench/templates.ts.
import { Random } from '../../src/core/random.ts';
import { createTemplateMiner } from '../../src/wire/templates/miner.ts';
import { readLabelledSet } from '../../src/cli/templates/labelled-set.ts';
import { median } from './figures.ts';

/** What one run measured. */
export interface MiningFigures {
  readonly set: string;
  readonly lines: number;
  /** Per second of CPU time. */
  readonly linesPerSecond: number;
  readonly splitPerSecond: number;
  readonly ratioToSplit: number;
  readonly templates: number;
}

const [name = '', file = '', copies = '20', rounds = '5'] = process.argv.slice(2);
const contents = readLabelledSet({ name, file }).map(({ content }) => content);
const random = new Random(1, name);
const lines = Array.from({ length: Number(copies) }, () => contents.map(mutate)).flat();

/** One digit in four becomes another one; the text is a string of its own, as one from a socket is. */
function mutate(content: string): string {
  const text = content.replace(/\d/g, (digit) =>
    random.unit() < 0.25 ? String(Math.floor(random.unit() * 10)) : digit,
  );
  return Buffer.from(text).toString();
}

/** Lines per second of CPU time, so that other work on the machine counts little. */
function rate(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (lines.length * 1_000_000) / (user + system);
}

const miner = createTemplateMiner();
let values = 0;
const mine = (): void => {
  for (const line of lines) values += miner.learn(line).params.length;
};
const split = (): void => {
  for (const line of lines) values += line.split(/\s+/).length;
};
mine();
split();
const measured = Array.from({ length: Number(rounds) }, () => {
  const splitting = rate(split);
  const mining = rate(mine);
  return { mining, splitting, ratio: mining / splitting };
});
if (values === 0) throw new Error('Nothing was measured.');
const figures: MiningFigures = {
  set: name,
  lines: lines.length,
  linesPerSecond: Math.round(median(measured.map(({ mining }) => mining))),
  splitPerSecond: Math.round(median(measured.map(({ splitting }) => splitting))),
  ratioToSplit: median(measured.map(({ ratio }) => ratio)),
  templates: miner.counters().templates,
};
process.send?.(figures);
