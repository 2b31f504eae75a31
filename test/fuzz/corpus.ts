import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Coverage, CoverageMap, type Executed } from './coverage.ts';
import { observe, type Violation } from './invariants.ts';
import type { FuzzTarget } from './target.ts';

export interface CorpusFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Files that a campaign wrote; others have names that somebody gave them, and stay. */
const GENERATED = /^[0-9a-f]{12}\.bin$/;

function folderOf(target: string): string {
  return join(fileURLToPath(new URL('../corpus/', import.meta.url)), target);
}

/** The inputs kept for a target, in the order of their names. */
export function readCorpus(target: string): readonly CorpusFile[] {
  const folder = folderOf(target);
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.bin'));
  return names.sort().map((name) => ({
    name,
    bytes: new Uint8Array(readFileSync(join(folder, name))),
  }));
}

/** Keeps the input of a violation under a name that says what it found; returns the path. */
export function saveFinding(target: string, { kind, input }: Violation): string {
  return write(target, `found-${kind}-${digest(input).slice(0, 8)}.bin`, input);
}

/** Writes the inputs that a campaign has left, in place of those of earlier ones. */
export function writeCorpus(target: string, inputs: readonly Uint8Array[]): void {
  for (const { name } of readCorpus(target)) {
    if (GENERATED.test(name)) rmSync(join(folderOf(target), name));
  }
  for (const input of inputs) write(target, `${digest(input).slice(0, 12)}.bin`, input);
}

function write(target: string, name: string, bytes: Uint8Array): string {
  const folder = folderOf(target);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * The smallest inputs that together reach the blocks that all of them reach:
 * each is shortened while it reaches as much, then those whose blocks others reach go.
 */
export async function minimise(
  target: FuzzTarget,
  inputs: readonly Uint8Array[],
): Promise<readonly Uint8Array[]> {
  const coverage = Coverage.begin();
  const reached = async (input: Uint8Array): Promise<Executed> => {
    coverage.take();
    await observe(target, input).catch(() => undefined);
    return coverage.take();
  };
  const all = new CoverageMap();
  const kept: Uint8Array[] = [];
  for (const input of inputs.toSorted((one, other) => one.length - other.length)) {
    const fresh = all.fresh(await reached(input));
    if (fresh.length === 0) continue;
    const short = await shorten(input, async (each) => {
      const now = await reached(each);
      return fresh.every(([key, at]) => (now.get(key)?.[at] ?? 0) > 0);
    });
    kept.push(short);
    all.add(await reached(short));
  }
  return kept;
}

/** Cuts out ever smaller pieces as long as `isAsGood`. */
export async function shorten(
  input: Uint8Array,
  isAsGood: (input: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  let best = input;
  let tries = 0;
  for (let piece = best.length >> 1; piece > 0 && tries < 400; piece >>= 1) {
    for (let at = 0; at < best.length && tries < 400;) {
      tries += 1;
      const shorter = new Uint8Array(
        Buffer.concat([best.subarray(0, at), best.subarray(at + piece)]),
      );
      if (await isAsGood(shorter)) best = shorter;
      else at += piece;
    }
  }
  return best;
}
