// Lines and bytes per second through the redactor, and their ratio to a plain
// scan of the same text (one look at each character).
// Usage: node --import tsx bench/redaction.ts [seconds] [log file…]
import { readFileSync } from 'node:fs';

import { DEFAULT_REDACTION } from '../src/security/redaction/rules.ts';
import { createRedactor } from '../src/security/redaction/redactor.ts';
import { corpus } from '../test/security/redaction/corpus.ts';
import { median, round } from './support/figures.ts';

const [, , secondsText = '1', ...files] = process.argv;
const seconds = Number(secondsText);
const redactor = createRedactor({ rules: DEFAULT_REDACTION, secret: Buffer.alloc(32, 1) });

const labelled = corpus(7);
const loads: readonly (readonly [name: string, lines: readonly string[]])[] = [
  ['half with findings', labelled.map(({ text }) => text)],
  ['nothing to find', labelled.filter(({ spans }) => spans.length === 0).map(({ text }) => text)],
  ...files.map((file) => [file, readFileSync(file, 'utf8').split('\n')] as const),
];

let sink = 0;

for (const [name, lines] of loads) {
  const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
  const plain: number[] = [];
  const redacted: number[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    plain.push(roundsPerSecond(lines, plainScan));
    redacted.push(roundsPerSecond(lines, (line) => redactor.text(line).length));
  }
  const rate = median(redacted);
  console.log(
    `${name}: ${round(rate * lines.length)} lines/s, ${round((rate * bytes) / 1e6)} MB/s, ` +
      `plain scan ${round((median(plain) * bytes) / 1e6)} MB/s, ratio ${round(rate / median(plain))}`,
  );
}
if (sink === 0) throw new Error('Nothing was measured.');

function roundsPerSecond(lines: readonly string[], work: (line: string) => number): number {
  for (const line of lines) sink += work(line);
  const start = process.hrtime.bigint();
  let rounds = 0;
  let elapsed = 0;
  while (elapsed < seconds / 3) {
    for (const line of lines) sink += work(line);
    rounds += 1;
    elapsed = Number(process.hrtime.bigint() - start) / 1e9;
  }
  return rounds / elapsed;
}

function plainScan(line: string): number {
  let sum = 0;
  for (let at = 0; at < line.length; at += 1) sum += line.charCodeAt(at);
  return sum;
}
