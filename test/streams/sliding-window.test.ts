import assert from 'node:assert/strict';

import { WindowSlide } from '../../src/streams/operators/sliding-window.ts';
import { EMPTY_WINDOW } from '../../src/streams/operators/window.ts';
import { describe } from '../support/suite.ts';

const MINUTE = 60_000;
const slide = new WindowSlide({ lengthMs: MINUTE, latenessMs: 0, need: 5 });

describe('sliding window', (it) => {
  it('forgets templates that no kept time has, and numbers the rest anew', () => {
    const words = [...'abcdefghijklmnopqrst'];
    slide.load(EMPTY_WINDOW);
    words.forEach((word, index) => slide.add(index * 2 * MINUTE, `Message ${word}`));
    const end = (words.length - 1) * 2 * MINUTE;
    const window = slide.unload();
    assert.ok(window.templates.length <= 3, String(window.templates.length));
    slide.load(window);
    for (const word of ['x', 'y', 'y']) slide.add(end + 1, `Message ${word}`);
    assert.deepEqual(slide.top(end + 1, 3), [
      { message: 'Message y', count: 2 },
      { message: 'Message t', count: 1 },
      { message: 'Message x', count: 1 },
    ]);
    const again = slide.unload();
    assert.equal(again.times.length, again.kinds.length);
    slide.load(again);
    assert.equal(slide.count(end + 1), 4);
    assert.equal(slide.top(end + 1, 1)[0]?.message, 'Message y');
  });

  it('counts messages beyond 16 templates together', () => {
    slide.load(EMPTY_WINDOW);
    [...'abcdefghijklmnopqrst'].forEach((word, index) => slide.add(index, `Message ${word}`));
    assert.deepEqual(slide.top(19, 1), [{ message: 'other messages', count: 4 }]);
  });

  it('keeps the names of templates right when earlier ones go', () => {
    slide.load(EMPTY_WINDOW);
    slide.add(0, 'gone');
    slide.add(6 * MINUTE, 'stays');
    slide.add(6 * MINUTE + 1, 'stays, too');
    const window = slide.unload();
    assert.deepEqual(
      [...window.kinds].map((kind) => window.templates[kind]?.text),
      ['stays', 'stays, too'],
    );
    slide.load(window);
    assert.equal(slide.count(6 * MINUTE + 1), 2);
    assert.equal(slide.add(-1, 'too late'), undefined);
  });
});
