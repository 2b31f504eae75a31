import { Coverage } from './coverage.ts';
import { Violation } from './invariants.ts';
import { checkTime, type TimeLimit } from './time-limit.ts';
import { bytesOf, type FuzzTarget } from './target.ts';

const DEFAULT_MAX_BYTES = 65_536;
/** Block executions below which growth does not matter. */
const FREE_WORK = 2_000_000;
/** How much more work twice the input may be; 4 would be quadratic. */
const MOST_GROWTH = 3;

/**
 * Inputs of `size` bytes made of a small one by repeating parts of it: the whole,
 * its middle, single bytes in the middle and at the end.
 */
export function inflate(input: Uint8Array, size: number): readonly Uint8Array[] {
  if (input.length === 0) return [];
  const third = Math.ceil(input.length / 3);
  const head = input.subarray(0, third);
  const middle = input.subarray(third, 2 * third);
  const tail = input.subarray(2 * third);
  const half = input.length >> 1;
  return [
    filled(new Uint8Array(), input, new Uint8Array(), size),
    filled(head, middle, tail, size),
    filled(input.subarray(0, half), input.subarray(half, half + 1), input.subarray(half), size),
    filled(input, input.subarray(-1), new Uint8Array(), size),
    filled(input.subarray(0, -1), input.subarray(-2, -1), input.subarray(-1), size),
  ];
}

// eslint-disable-next-line max-params -- head, part, tail and size say it best in this order
function filled(head: Uint8Array, part: Uint8Array, tail: Uint8Array, size: number): Uint8Array {
  const room = Math.max(0, size - head.length - tail.length);
  const bytes = new Uint8Array(Math.min(size, head.length + room + tail.length));
  bytes.set(head.subarray(0, size));
  for (let at = head.length; part.length > 0 && at + part.length <= head.length + room;) {
    bytes.set(part, at);
    at += part.length;
  }
  if (tail.length <= size) bytes.set(tail, bytes.length - tail.length);
  return bytes;
}

/** The largest inputs that can be made of `input`, and of the target's own means. */
function largest(target: FuzzTarget, input: Uint8Array, share: number): readonly Uint8Array[] {
  const size = Math.floor((target.maxBytes ?? DEFAULT_MAX_BYTES) * share);
  return inflate(input, size).map((each) => target.repair?.(each) ?? each);
}

/** No input of full size may take longer than the limit. @throws Violation */
export async function checkTimes(
  target: FuzzTarget,
  inputs: readonly Uint8Array[],
  time: TimeLimit,
): Promise<number> {
  let worst = 0;
  const grown = target.grow?.(target.maxBytes ?? DEFAULT_MAX_BYTES) ?? [];
  for (const input of [...inputs.flatMap((each) => largest(target, each, 1)), ...grown]) {
    worst = Math.max(worst, await checkTime(target, input, time));
  }
  return worst;
}

/** Twice the input may not be much more than twice the work, counted in blocks executed. @throws Violation */
export async function checkGrowth(
  target: FuzzTarget,
  inputs: readonly Uint8Array[],
): Promise<void> {
  const coverage = Coverage.begin();
  const half = inputs.flatMap((each) => largest(target, each, 0.5));
  const full = inputs.flatMap((each) => largest(target, each, 1));
  for (const [index, small] of half.entries()) {
    const large = full[index];
    if (large === undefined) continue;
    const one = await work(target, small, coverage);
    const two = await work(target, large, coverage);
    if (two < FREE_WORK || two < MOST_GROWTH * one) continue;
    const detail = `${small.length} bytes run ${one} blocks, ${large.length} bytes ${two}`;
    throw new Violation('growth', detail, large);
  }
}

async function work(target: FuzzTarget, input: Uint8Array, coverage: Coverage): Promise<number> {
  coverage.takeWork();
  try {
    const result = target.run(bytesOf(input));
    if (result instanceof Promise) await result;
  } catch {
    // What it did until it refused counts too.
  }
  return coverage.takeWork();
}
