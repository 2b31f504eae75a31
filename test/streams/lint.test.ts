import assert from 'node:assert/strict';
import { join } from 'node:path';
import { ESLint } from 'eslint';
import { projectRoot } from '../../src/core/root.ts';
import { describe } from '../support/suite.ts';

const RULE = 'no-restricted-imports';

/** Bring a clock, or can hold more and more. */
const CLOCKS = ['interval', 'timer', 'delay', 'debounceTime', 'throttle', 'auditTime', 'timeout'];
const BUFFERS = [
  ...['mergeMap', 'mergeAll', 'concatMap', 'switchMap', 'exhaustMap', 'bufferCount', 'buffer'],
  ...['window', 'windowCount', 'groupBy', 'share', 'shareReplay', 'ReplaySubject', 'zip'],
  ...['combineLatest', 'toArray', 'expand', 'retry', 'repeat'],
];

// With CI=true typescript-eslint reads files once, from disk, and not the text it is given.
process.env['TSESTREE_SINGLE_RUN'] = 'false';

describe('the rule on RxJS in the hot path', (it) => {
  const eslint = new ESLint({ cwd: projectRoot() });

  /** What the rule says to an import in the place of a file of the tree. */
  const complaints = async (text: string, file = 'src/streams/chain.ts'): Promise<string[]> => {
    const [result] = await eslint.lintText(text, { filePath: join(projectRoot(), file) });
    assert.ok(result !== undefined);
    assert.equal(result.fatalErrorCount, 0, JSON.stringify(result.messages));
    return result.messages.filter(({ ruleId }) => ruleId === RULE).map(({ message }) => message);
  };

  it('lets the synchronous, finite operators pass', async () => {
    const text = `import { Subject, filter, map, scan, take } from 'rxjs';
      import type { Observable, OperatorFunction } from 'rxjs';
      export const chain = [Subject, filter, map, scan, take];
      export type Chain = Observable<OperatorFunction<number, number>>;`;
    assert.deepEqual(await complaints(text), []);
  });

  it('refuses operators with a clock of their own, and says why', async () => {
    const found = await complaints(`export { ${CLOCKS.join(', ')} } from 'rxjs';`);
    assert.equal(found.length, CLOCKS.length);
    for (const message of found) assert.match(message, /clock of its own/);
  });

  it('refuses operators that can buffer without bound, and says why', async () => {
    const found = await complaints(`export { ${BUFFERS.join(', ')} } from 'rxjs';`);
    assert.equal(found.length, BUFFERS.length);
    for (const message of found) assert.match(message, /without bound/);
  });

  it('leaves no way around by a namespace, another entry or another folder', async () => {
    assert.ok((await complaints(`import * as rx from 'rxjs'; export const x = rx;`)).length > 0);
    assert.ok((await complaints(`export { map } from 'rxjs/operators';`)).length > 0);
    for (const file of ['src/actors/engine.ts', 'src/actors/kernel/cell.ts']) {
      const found = await complaints(`export { mergeMap } from 'rxjs';`, file);
      assert.equal(found.length, 1, file);
    }
  });

  it('keeps what the rule on other packages said', async () => {
    assert.equal((await complaints(`export { start } from 'nact';`)).length, 1);
    const kernel = 'src/actors/kernel/cell.ts';
    assert.deepEqual(await complaints(`export { start } from 'nact';`, kernel), []);
  });
});
