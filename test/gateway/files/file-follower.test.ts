import assert from 'node:assert/strict';
import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { silentLogger } from '../../../src/core/logger.ts';
import { SimulatedClock } from '../../../src/core/simulated-clock.ts';
import {
  FileFollower,
  type FileFollowerOptions,
} from '../../../src/gateway/files/file-follower.ts';
import type { SourceBatch, SourceSink } from '../../../src/gateway/files/log-source.ts';
import { SourcePositions } from '../../../src/gateway/sources/positions.ts';
import { createLineJoiner } from '../../../src/wire/parsers/source/line-joiner.ts';
import { createSourceParser } from '../../../src/wire/parsers/source/source-parser.ts';
import { describe } from '../../support/suite.ts';

/** A sink that remembers as the site does, and refuses when told to. */
class Sink implements SourceSink {
  readonly positions = new SourcePositions();
  readonly lines: string[] = [];
  refusals = 0;

  take({ items, span }: SourceBatch): Promise<void> {
    if (this.refusals > 0) {
      this.refusals -= 1;
      return Promise.reject(new Error('busy'));
    }
    assert.equal(this.positions.judge(span, true), 'new');
    for (const item of items) this.lines.push((item as { readonly message: string }).message);
    this.positions.settle(span);
    return Promise.resolve();
  }

  position(source: string): ReturnType<SourceSink['position']> {
    return this.positions.find(source);
  }
}

class Scene {
  readonly folder = mkdtempSync(join(tmpdir(), 'wk-follow-'));
  readonly clock = new SimulatedClock();
  readonly sink = new Sink();
  #follower: FileFollower | undefined;
  #count = 0;
  readonly written: string[] = [];

  path(name = 'app.log'): string {
    return join(this.folder, name);
  }

  write(count = 1, name = 'app.log'): void {
    for (let index = 0; index < count; index += 1) {
      this.#count += 1;
      const line = `line ${this.#count}`;
      this.written.push(line);
      appendFileSync(this.path(name), `${line}\n`);
    }
  }

  async start(changes: Partial<FileFollowerOptions> = {}): Promise<void> {
    this.#follower = new FileFollower({
      name: 'test',
      patterns: [this.path('app.log')],
      startAt: 'beginning',
      clock: this.clock,
      logger: silentLogger,
      sink: this.sink,
      newParser: () => createSourceParser({ parsers: [], mode: 'chain' }),
      newJoiner: undefined,
      ...changes,
    });
    await this.#follower.start();
  }

  async look(): Promise<void> {
    await this.#follower?.poll();
  }

  async stop(): Promise<void> {
    await this.#follower?.stop();
  }

  async quiet(): Promise<void> {
    this.clock.advance(6_000);
    await this.look();
    await this.look();
  }

  async end(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function scene(body: (scene: Scene) => Promise<void>): Promise<void> {
  const each = new Scene();
  try {
    await body(each);
  } finally {
    await each.end();
  }
}

describe('FileFollower', (it) => {
  it('reads what is there and what comes, and a line only when it is whole', () =>
    scene(async (s) => {
      s.write(3);
      await s.start();
      appendFileSync(s.path(), 'line');
      await s.look();
      assert.deepEqual(s.sink.lines, ['line 1', 'line 2', 'line 3']);
      appendFileSync(s.path(), ' 4\r\n\n');
      await s.look();
      assert.deepEqual(s.sink.lines.at(-1), 'line 4');
    }));

  it('begins at the end of what is there, and at the beginning of what comes later', () =>
    scene(async (s) => {
      s.write(3);
      appendFileSync(s.path(), 'half');
      await s.start({ startAt: 'end', patterns: [join(s.folder, '*.log')] });
      assert.deepEqual(s.sink.lines, []);
      appendFileSync(s.path(), ' line\n');
      writeFileSync(s.path('b.log'), 'b1\nb2\n');
      writeFileSync(s.path('b.txt'), 'not this\n');
      await s.look();
      assert.deepEqual(s.sink.lines, ['half line', 'b1', 'b2']);
    }));

  it('reads what was empty at the start from its beginning', () =>
    scene(async (s) => {
      writeFileSync(s.path(), '');
      await s.start({ startAt: 'end' });
      s.write(2);
      await s.look();
      assert.deepEqual(s.sink.lines, s.written);
    }));

  it('reads a renamed file to its end, and the new one of its name', () =>
    scene(async (s) => {
      s.write(2);
      await s.start();
      s.write(2);
      renameSync(s.path(), s.path('app.log.1'));
      s.write(1, 'app.log.1');
      s.write(2);
      await s.look();
      s.write(1, 'app.log.1');
      appendFileSync(s.path('app.log.1'), 'last without end');
      await s.look();
      await s.quiet();
      assert.deepEqual([...s.sink.lines].sort(), [...s.written, 'last without end'].sort());
    }));

  it('begins anew when a file is cut, whether it is shorter or longer by then', () =>
    scene(async (s) => {
      s.write(5);
      await s.start();
      copyFileSync(s.path(), s.path('copy'));
      truncateSync(s.path());
      s.write(1);
      await s.look();
      truncateSync(s.path());
      s.write(9);
      await s.look();
      assert.deepEqual(s.sink.lines, s.written);
    }));

  it('follows a file that is deleted and made again, and a link that is set elsewhere', () =>
    scene(async (s) => {
      writeFileSync(s.path('one'), 'one 1\n');
      writeFileSync(s.path('two'), 'two 1\n');
      symlinkSync(s.path('one'), s.path());
      await s.start();
      unlinkSync(s.path());
      symlinkSync(s.path('two'), s.path());
      appendFileSync(s.path('one'), 'one 2\n');
      await s.look();
      unlinkSync(s.path('two'));
      await s.look();
      writeFileSync(s.path('two'), 'two 2\n');
      await s.look();
      await s.quiet();
      assert.deepEqual([...s.sink.lines].sort(), ['one 1', 'one 2', 'two 1', 'two 2']);
    }));

  it('goes on after a restart where it was, also in a file that was renamed meanwhile', () =>
    scene(async (s) => {
      s.write(3);
      await s.start();
      await s.stop();
      s.write(3);
      renameSync(s.path(), s.path('app.log.1'));
      s.write(2);
      await s.start({ startAt: 'end' });
      await s.look();
      assert.deepEqual(s.sink.lines.toSorted(), s.written);
    }));

  it('reads again what the sink refused', () =>
    scene(async (s) => {
      s.write(700);
      s.sink.refusals = 1;
      await s.start();
      await s.look();
      s.write(700);
      s.sink.refusals = 2;
      await s.look();
      await s.look();
      await s.look();
      assert.deepEqual(s.sink.lines, s.written);
    }));

  it('joins lines, and lets the last record go when it was quiet', () =>
    scene(async (s) => {
      await s.start({ newJoiner: () => createLineJoiner() });
      appendFileSync(s.path(), 'error\n  at a\n  at b\nnext\n');
      await s.look();
      assert.deepEqual(s.sink.lines, ['error\n  at a\n  at b']);
      await s.quiet();
      assert.deepEqual(s.sink.lines, ['error\n  at a\n  at b', 'next']);
    }));

  it('bounds a line without end', () =>
    scene(async (s) => {
      await s.start();
      appendFileSync(s.path(), `${'x'.repeat(3_000_000)}\nafter\n`);
      await s.look();
      assert.equal(s.sink.lines.length, 2);
      assert.ok((s.sink.lines[0]?.length ?? 0) <= 65_536);
      s.write(1);
      await s.look();
      assert.deepEqual(s.sink.lines.slice(1), ['after', 'line 1']);
    }));

  it(
    'takes every line once, however it is rotated, restarted and refused',
    () =>
      fc.assert(
        fc.asyncProperty(
          fc.array(
            fc.oneof(
              fc.record({
                do: fc.constant('write' as const),
                count: fc.integer({ min: 1, max: 900 }),
              }),
              fc.record({ do: fc.constantFrom('rename', 'look', 'restart', 'refuse', 'quiet') }),
            ),
            { maxLength: 25 },
          ),
          (steps) =>
            scene(async (s) => {
              let rotated = 0;
              s.write(1);
              await s.start();
              for (const step of steps) {
                if (step.do === 'write') s.write('count' in step ? step.count : 1);
                else if (step.do === 'rename') {
                  // As rotation does: nobody renames what nobody could have seen.
                  await s.look();
                  s.write(1);
                  rotated += 1;
                  renameSync(s.path(), s.path(`app.log.${rotated}`));
                  s.write(1);
                } else if (step.do === 'restart') {
                  await s.stop();
                  await s.start({ startAt: 'end' });
                } else if (step.do === 'refuse') s.sink.refusals = 1;
                else if (step.do === 'quiet') await s.quiet();
                else await s.look();
              }
              for (let turn = 0; turn < 4; turn += 1) await s.look();
              assert.deepEqual([...s.sink.lines].sort(), [...s.written].sort());
            }),
        ),
        { numRuns: 40 },
      ),
    { deadlineMs: 100_000 },
  );
});
