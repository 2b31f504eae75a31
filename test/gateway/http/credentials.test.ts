import assert from 'node:assert/strict';
import { tokenIn } from '../../../src/gateway/http/credentials.ts';
import { describe } from '../../support/suite.ts';

const TOKEN = `wk_abcd1234_${'x'.repeat(43)}`;
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('credentials', (it) => {
  for (const [header, input, elsewhere] of [
    [undefined, undefined, undefined],
    ['', undefined, undefined],
    [TOKEN, undefined, undefined],
    [`Bearer ${TOKEN}`, TOKEN, TOKEN],
    [`bearer  ${TOKEN} `, TOKEN, TOKEN],
    ['Bearer ', undefined, undefined],
    [`Bearer ${TOKEN} more`, undefined, undefined],
    [`Splunk ${TOKEN}`, TOKEN, undefined],
    [`ApiKey ${TOKEN}`, TOKEN, undefined],
    [`ApiKey ${base64(`watchkeeper:${TOKEN}`)}`, TOKEN, undefined],
    [`Basic ${base64(`any:${TOKEN}`)}`, TOKEN, undefined],
    [`Basic ${base64(`:${TOKEN}`)}`, TOKEN, undefined],
    [`Basic ${base64(TOKEN)}`, TOKEN, undefined],
    [`Digest ${TOKEN}`, undefined, undefined],
  ] as const) {
    it(`finds the token in ${JSON.stringify(header?.replace(TOKEN, 'wk_…'))}`, () => {
      assert.equal(tokenIn(header, true), input);
      assert.equal(tokenIn(header, false), elsewhere);
    });
  }
});
