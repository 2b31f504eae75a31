import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '../support/suite.ts';
import { fakeSite, problem, type FakeSite, type Reply, type Seen } from './fake-site.ts';
import { fakeTerminal, runIn, type FakeTerminal } from './fake-terminal.ts';

/** A site that takes what is posted and remembers it. */
class Scene {
  readonly folder = mkdtempSync(join(tmpdir(), 'wk-cli-follow-'));
  readonly terminal: FakeTerminal = fakeTerminal({ cwd: this.folder });
  readonly posted: { readonly message: string; readonly service: string }[] = [];
  answer: (() => Reply) | undefined;
  #site: FakeSite | undefined;
  #wake: () => void = () => undefined;
  #run: ReturnType<typeof runIn> | undefined;

  path(name: string): string {
    return join(this.folder, name);
  }

  async follow(...args: readonly string[]): Promise<void> {
    this.#site = await fakeSite({ 'POST /v1/logs': (seen) => this.#take(seen) });
    const where = ['--url', this.#site.url, '--token', 'wk_x'];
    this.#run = runIn(this.terminal, ['follow', ...args, ...where]);
  }

  /** Resolves when so many records were posted. */
  async until(count: number): Promise<void> {
    while (this.posted.length < count) await new Promise<void>((wake) => (this.#wake = wake));
  }

  async ended(): ReturnType<typeof runIn> {
    assert.ok(this.#run !== undefined);
    return this.#run;
  }

  async end(): Promise<void> {
    this.terminal.interrupt();
    await this.#run;
    await this.#site?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #take({ body }: Seen): Reply {
    if (this.answer !== undefined) return this.answer();
    const lines = body.split('\n').filter((line) => line !== '');
    for (const line of lines) {
      this.posted.push(JSON.parse(line) as { message: string; service: string });
    }
    setImmediate(() => {
      this.#wake();
    });
    return { body: { accepted: lines.length, rejected: [] } };
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

describe('watchkeeper follow', (it) => {
  it('posts what is there when told to, what comes, and what comes after a rotation', () =>
    scene(async (s) => {
      writeFileSync(s.path('app.log'), 'one\ntwo\n');
      await s.follow('app.log', '--from-start', '--service', 'shop');
      await s.until(2);
      appendFileSync(s.path('app.log'), 'three\n');
      await s.until(3);
      renameSync(s.path('app.log'), s.path('app.log.1'));
      writeFileSync(s.path('app.log'), 'four\n');
      await s.until(4);
      s.terminal.interrupt();
      const { code, out, err } = await s.ended();
      assert.equal(code, 0);
      assert.equal(out, '4 accepted, 0 rejected.\n');
      assert.match(err, /^Following; Ctrl-C ends it\.\n/);
      assert.deepEqual(
        s.posted.map(({ message, service }) => [message, service]),
        ['one', 'two', 'three', 'four'].map((message) => [message, 'shop']),
      );
    }));

  it('begins at the end, reads the named format and joins lines', () =>
    scene(async (s) => {
      writeFileSync(s.path('app.log'), 'old\n');
      await s.follow('app.log', '--json', '--multiline', '--as', 'logfmt');
      // What comes before the first look counts as old, so it is written until some of it is posted.
      while (s.posted.length === 0) {
        appendFileSync(
          s.path('app.log'),
          'level=error msg=broken service=shop\n  at one\nnext=1 msg=x\n',
        );
        await Promise.race([s.until(1), new Promise((wake) => setTimeout(wake, 1_500))]);
      }
      s.terminal.interrupt();
      const { code, out } = await s.ended();
      assert.equal(code, 0);
      const counts = JSON.parse(out) as { accepted: number; rejected: number };
      assert.equal(counts.accepted, s.posted.length);
      assert.ok(s.posted.every(({ message }) => message !== 'old'));
      assert.equal(s.posted[0]?.service, 'shop');
    }));

  it('ends when its token may not post, and says so', () =>
    scene(async (s) => {
      s.answer = () => ({
        status: 401,
        body: problem('UNAUTHENTICATED', 'The token is not known.'),
      });
      writeFileSync(s.path('app.log'), 'one\n');
      await s.follow('app.log', '--from-start');
      const { code, err } = await s.ended();
      assert.equal(code, 77);
      assert.match(err, /The token is not known/);
    }));
});
