import assert from 'node:assert/strict';

import { createTemplateMiner } from '../../../src/wire/templates/miner.ts';
import { textMutators } from '../mutators/text.ts';
import { MARKER, type FuzzTarget } from '../target.ts';
import { LINES } from './lines.ts';

const text = (input: Uint8Array): string => Buffer.from(input).toString();

export const templates: FuzzTarget = {
  seeds: [LINES.slice(0, 8).join('\n'), 'a b 1\na b 2\na c 3\n', `x=${MARKER} y=1\n`.repeat(4)],
  mutators: textMutators([' ', '=', ':', ',', '1', 'a', '\n', '[', '/']),
  run(input) {
    const miner = createTemplateMiner();
    for (const line of text(input).split('\n')) {
      const { id } = miner.learn(line);
      assert.ok(id.length > 0);
    }
    return miner.templates();
  },
};
