import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

import { projectRoot } from '../../src/core/root.ts';
import { describe } from '../support/suite.ts';
import { readCorpus } from './corpus.ts';
import { Coverage } from './coverage.ts';
import { bytesOf } from './target.ts';
import { loadTarget, TARGET_NAMES } from './targets.ts';

/** An exported function of the code that reads bytes. */
const DECODER =
  /^export (?:async )?function\*? ((?:decode|inflate|open|parse|read|split|unpack)\w*)(?:<[^>]*>)?\(\s*\w+: (?:Uint8Array|Buffer)\b/gm;
/** Folders all of whose modules read what others send. */
const READERS = ['src/wire/inputs/', 'src/wire/parsers/formats/'];
/** Whatever a module does stands in a function or method. */
const HAS_CODE = /^export (?:async )?(?:function|class)|=> /m;

const JOURNAL = 'the site wrote it into its own journal, whose groups have checksums';
const SNAPSHOT = 'the site wrote it into its own snapshot, whose parts have checksums';
/** Decoders that no sender reaches, and why. */
const OWN_BYTES: Readonly<Record<string, string>> = {
  'src/actors/entry-codec.ts: readTick': JOURNAL,
  'src/actors/entry-codec.ts: readCommand': JOURNAL,
  'src/actors/entry-codec.ts: readOutcome': JOURNAL,
  'src/actors/entry-codec.ts: readScores': JOURNAL,
  'src/actors/entry-codec.ts: unpackPart': SNAPSHOT,
  'src/actors/subject/subject-codec.ts: decodeSubject': SNAPSHOT,
  'src/client/lane-secrets.ts: splitSecrets': 'it cuts keys that the client derived itself',
  'src/gateway/device/shed-outcome.ts: decodeShed': JOURNAL,
  'src/gateway/feed/codec.ts: decodeFeed': 'the dashboard reads what its own site sent',
  'src/ml/compress/compact-reader.ts: readCompact': 'its steps are read by model-artefact',
  'src/ml/registry/plain-reader.ts: readPlain': 'its steps are read by model-artefact',
  'src/wire/templates/snapshot.ts: readSnapshot': SNAPSHOT,
};
/** Modules that only shape answers, or hold no code but a type's. */
const NO_READERS: Readonly<Record<string, string>> = {
  'src/wire/inputs/input-session.ts': 'types of sessions',
  'src/wire/inputs/otlp-answer.ts': 'it writes answers',
};

interface Module {
  readonly path: string;
  readonly text: string;
}

function modules(): readonly Module[] {
  const root = projectRoot();
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => `src/${name.split(sep).join('/')}`)
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** Runs seeds and corpus of every target; the names of functions that ran, by path. */
async function reached(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const coverage = Coverage.begin();
  const all = new Map<string, Set<string>>();
  const root = pathToFileURL(`${projectRoot()}/`).href;
  for (const name of TARGET_NAMES) {
    const target = await loadTarget(name);
    // What importing a target runs is not what its inputs reach.
    coverage.takeNames();
    const corpus = readCorpus(name).map(({ bytes }) => bytes);
    for (const input of [...target.seeds.map(bytesOf), ...corpus]) {
      await Promise.resolve()
        .then(() => target.run(bytesOf(input)))
        .catch(() => undefined);
    }
    for (const [url, names] of coverage.takeNames()) {
      const path = url.slice(root.length).replace(/\?.*$/, '');
      all.set(path, new Set([...(all.get(path) ?? []), ...names]));
    }
  }
  return all;
}

describe('The targets of the fuzzer', (it) => {
  it(
    'reach everything that reads bytes from outside',
    async () => {
      const ran = await reached();
      const missing: string[] = [];
      for (const { path, text } of modules()) {
        const names = ran.get(path);
        for (const [, name = ''] of text.matchAll(DECODER)) {
          const key = `${path}: ${name}`;
          if (names?.has(name) !== true && OWN_BYTES[key] === undefined) missing.push(key);
        }
        const isReader = READERS.some((folder) => path.startsWith(folder));
        const isMissed = isReader && names === undefined && HAS_CODE.test(text);
        if (isMissed && NO_READERS[path] === undefined) missing.push(path);
      }
      assert.deepEqual(
        missing,
        [],
        `No seed of a fuzz target reaches: ${missing.join(', ')}. Add a target in test/fuzz/targets/ ` +
          'and its name in test/fuzz/targets.ts, with a seed that is read to its end; or, where only ' +
          'bytes of the site itself come to it, a line with the reason in OWN_BYTES of this test.',
      );
    },
    { deadlineMs: 120_000 },
  );

  it('excuse no decoder that is gone', () => {
    const there = new Set(
      modules().flatMap(({ path, text }) =>
        [...text.matchAll(DECODER)].map(([, name = '']) => `${path}: ${name}`),
      ),
    );
    assert.deepEqual(
      Object.keys(OWN_BYTES).filter((key) => !there.has(key)),
      [],
    );
  });
});
