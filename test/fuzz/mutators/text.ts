import type { Random } from '../../../src/core/random.ts';
import { MARKER, type Mutator } from '../target.ts';
import { splice } from './bytes.ts';

/** Mutators for texts of lines: whole lines and words move, and `marks` of the format come in. */
export function textMutators(marks: readonly string[]): readonly Mutator[] {
  return [
    (input, random) => pieces(input, '\n', random),
    (input, random) => pieces(input, ' ', random),
    (input, random) => pieces(input, random.pick(marks), random),
    (input, random) => {
      const at = random.integer(0, input.length);
      const times = random.chance(0.2) ? random.integer(2, 60) : 1;
      const mark = random.pick([...marks, MARKER, 'é', '😀', '\u0000', '\u2028', '\ufeff']);
      return splice([input.subarray(0, at), Buffer.from(mark.repeat(times)), input.subarray(at)]);
    },
  ];
}

/** Leaves out, doubles or swaps what stands between two `mark`s. */
function pieces(input: Uint8Array, mark: string, random: Random): Uint8Array {
  const parts = Buffer.from(input).toString('latin1').split(mark);
  const at = random.integer(0, parts.length - 1);
  const other = random.integer(0, parts.length - 1);
  const how = random.integer(0, 2);
  if (how === 0) parts.splice(at, 1);
  else if (how === 1) parts.splice(other, 0, parts[at] ?? '');
  else [parts[at], parts[other]] = [parts[other] ?? '', parts[at] ?? ''];
  return new Uint8Array(Buffer.from(parts.join(mark), 'latin1'));
}
