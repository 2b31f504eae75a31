import assert from 'node:assert/strict';

import fc from 'fast-check';
import { Packr } from 'msgpackr';

import type { Finding } from '../../../src/model/finding.ts';
import type { Detector } from '../../../src/streams/detector.ts';
import { compileDetectors } from '../../../src/streams/detector-set.ts';
import { describe } from '../../support/suite.ts';
import { deepFreeze, MINUTE, SERVICE, START } from '../support.ts';

const WEEK = 7 * 24 * 60 * MINUTE;
const MEMBERS = ['error_spike', 'slow_response', 'model_score'];

function compile(options: Record<string, unknown> = {}, more: readonly object[] = []): Detector {
  const anomalies = [
    { id: 'error_spike' },
    { id: 'slow_response' },
    { id: 'model_score', model: 'm' },
    { id: 'suspicious_user_activity' },
    ...more,
    { id: 'trouble', type: 'ensemble', members: MEMBERS, ...options },
  ];
  const set = compileDetectors(JSON.stringify({ anomalies }), 'test.yaml');
  return [...set.detectors, ...set.disabled].find(({ id }) => id === 'trouble')!;
}

interface Told {
  readonly detector: string;
  readonly action?: Finding['action'];
  readonly at?: number;
  readonly key?: string;
  readonly surprise?: number;
  readonly place?: string;
}

function found({ detector, action = 'open', at = 0, key = '', surprise }: Told): Finding {
  return {
    action,
    detector,
    version: 1,
    type: detector,
    severity: 'low',
    subject: SERVICE,
    key,
    trigger: `deadline:${START + at}`,
    at: START + at,
    summary: '',
    actionRequired: '',
    evidence: {
      value: 1,
      threshold: 1,
      unit: 'x',
      windowMs: 0,
      samples: [],
      facts: surprise === undefined ? {} : { surprise },
    },
  };
}

function hear(detector: Detector, told: readonly Told[], state = detector.initial(SERVICE)) {
  return detector.hear!(deepFreeze(state), {
    type: 'findings',
    subject: SERVICE,
    findings: told.map(found),
    places: told.map(({ place }, index) => place ?? `1.${index}`),
  });
}

const packr = new Packr({ useRecords: false, moreTypes: true });
const stored = (detector: Detector, state: unknown): unknown =>
  detector.restore(packr.unpack(packr.pack(detector.snapshot(state))), SERVICE);

interface Facts {
  readonly surprise: number;
  readonly contributions: readonly { name: string; share: number; surprise: number }[];
}
const factsOf = (finding: Finding | undefined): Facts =>
  finding?.evidence.facts as unknown as Facts;

const anyTold = fc.record({
  detector: fc.constantFrom(...MEMBERS),
  action: fc.constantFrom('open', 'open', 'update', 'resolve'),
  at: fc.integer({ min: 0, max: 8 * WEEK }),
  key: fc.constantFrom('', 'a', 'b', ...Array.from({ length: 9 }, (_, index) => `r${index}`)),
  surprise: fc.option(fc.double({ min: 0, max: 20, noNaN: true }), { nil: undefined }),
  joins: fc.boolean(),
});
/** Findings at places that do not fall; some share one. */
const anyStory = fc.array(anyTold, { maxLength: 40 }).map((story) => {
  let ordinal = 0;
  return story.map(({ joins, ...told }) => {
    if (!joins) ordinal += 1;
    return { ...told, place: `7.${ordinal}` } as Told;
  });
});

describe('ensemble', (it) => {
  it('says nothing of one rule, and opens when two fire at the same time', () => {
    const detector = compile();
    const one = hear(detector, [{ detector: 'error_spike' }]);
    assert.deepEqual(one.findings, []);
    const both = hear(detector, [{ detector: 'slow_response', at: MINUTE }], one.state);
    const [opened] = both.findings;
    assert.equal(opened?.action, 'open');
    assert.equal(opened.at, START + MINUTE);
    assert.equal(opened.summary, '2 of 3 members fire: error_spike (50 %), slow_response (50 %)');
    assert.deepEqual(
      factsOf(opened).contributions.map(({ name }) => name),
      ['error_spike', 'slow_response'],
    );
    assert.ok(opened.evidence.value >= opened.evidence.threshold);
  });

  it('resolves once too little is left, and does not repeat itself before', () => {
    const detector = compile();
    const opened = hear(detector, [{ detector: 'error_spike' }, { detector: 'slow_response' }]);
    const again = hear(detector, [{ detector: 'error_spike', action: 'update' }], opened.state);
    assert.deepEqual(again.findings, []);
    const other = { detector: 'slow_response', action: 'resolve', at: MINUTE } as const;
    const resolved = hear(detector, [other], again.state);
    assert.deepEqual(
      resolved.findings.map(({ action }) => action),
      ['resolve'],
    );
    const quiet = hear(detector, [{ ...other, detector: 'error_spike' }], resolved.state);
    assert.deepEqual(quiet.findings, []);
    assert.equal(detector.explain?.(quiet.state, {} as never).text, 'no member fires');
  });

  it('takes the surprise of a model, and updates when it changes', () => {
    const detector = compile();
    const model = { detector: 'model_score', surprise: 4 };
    const opened = hear(detector, [model, { detector: 'error_spike' }]);
    assert.equal(factsOf(opened.findings[0]).contributions[1]?.surprise, 4);
    const more = hear(detector, [{ ...model, action: 'update', surprise: 9 }], opened.state);
    assert.deepEqual(
      more.findings.map(({ action }) => action),
      ['update'],
    );
    assert.ok(factsOf(more.findings[0]).surprise > factsOf(opened.findings[0]).surprise);
  });

  it('counts a rule that fires every hour for little, and one that has been quiet for more', () => {
    const detector = compile();
    let state = detector.initial(SERVICE);
    for (let hour = 0; hour < 24 * 14; hour += 1) {
      const at = hour * 60 * MINUTE;
      const error = { detector: 'error_spike', at };
      state = hear(detector, [error, { ...error, action: 'resolve' }], state).state;
    }
    const at = 14 * 24 * 60 * MINUTE;
    const both = [
      { detector: 'error_spike', at },
      { detector: 'slow_response', at },
      { detector: 'model_score', at, surprise: 5 },
    ];
    const { findings } = hear(detector, both, state);
    const [often, rare] = factsOf(findings[0]).contributions;
    assert.ok(often!.surprise < 1.3, `${often?.surprise}`);
    assert.ok(rare!.surprise > 3, `${rare?.surprise}`);
    assert.ok(often!.share < rare!.share);
  });

  it('fires for a member until its last key is resolved', () => {
    const detector = compile({ members: ['error_spike', 'slow_response'] });
    const slow = { detector: 'slow_response' };
    const open = [{ detector: 'error_spike' }, { ...slow, key: 'a' }, { ...slow, key: 'b' }];
    const { state } = hear(detector, open);
    const one = hear(detector, [{ ...slow, key: 'a', action: 'resolve' }], state);
    assert.deepEqual(one.findings, []);
    const none = hear(detector, [{ ...slow, key: 'b', action: 'resolve' }], one.state);
    assert.equal(none.findings[0]?.action, 'resolve');
  });

  it('weighs members by kind of subject', () => {
    const weight = { service: 9, device: 1 };
    const members = ['error_spike', { detector: 'slow_response', weight }];
    const told = [{ detector: 'error_spike' }, { detector: 'slow_response' }];
    const { findings } = hear(compile({ members, combine: 'mean' }), told);
    assert.deepEqual(
      factsOf(findings[0]).contributions.map(({ share }) => share),
      [0.1, 0.9],
    );
  });

  it('opens for two rare rules and not for one, however surprises are combined', () => {
    for (const combine of ['mean_rank', 'mean', 'sum', 'tail_sum', 'cauchy']) {
      const detector = compile({ combine, members: ['error_spike', 'slow_response'] });
      const one = hear(detector, [{ detector: 'error_spike' }]);
      assert.equal(one.findings.length, combine === 'sum' ? 1 : 0, combine);
      const two = hear(detector, [{ detector: 'slow_response' }], one.state);
      assert.equal(two.findings.length, 1, combine);
    }
  });

  it('comes to the same however findings are merged, and goes on from a snapshot', () => {
    const detector = compile();
    const cuts = fc.array(fc.nat(40), { maxLength: 5 });
    fc.assert(
      fc.property(anyStory, cuts, (story, at) => {
        const whole = hear(detector, story);
        let state = detector.initial(SERVICE);
        const findings: Finding[] = [];
        let from = 0;
        for (const to of [...at.sort((one, other) => one - other), story.length]) {
          if (to < story.length && story[to]?.place === story[to - 1]?.place) continue;
          const part = hear(detector, story.slice(from, to), state);
          state = stored(detector, part.state);
          findings.push(...part.findings);
          from = Math.max(from, to);
        }
        assert.deepEqual(state, whole.state);
        assert.deepEqual(findings, whole.findings);
      }),
    );
  });

  it('gives shares that sum to 1, opens and resolves by turns, and keeps less than 1 KB', () => {
    fc.assert(
      fc.property(anyStory, fc.constantFrom('tail_sum', 'cauchy', 'max'), (story, combine) => {
        const detector = compile({ combine });
        const { state, findings } = hear(detector, story);
        let isOpen = false;
        for (const finding of findings) {
          assert.equal(finding.action === 'open', !isOpen);
          isOpen = finding.action !== 'resolve';
          const { contributions } = factsOf(finding);
          const sum = contributions.reduce((total, { share }) => total + share, 0);
          assert.ok(contributions.length === 0 ? !isOpen : Math.abs(sum - 1) < 1e-5);
        }
        assert.ok(packr.pack(detector.snapshot(state)).length < 1024);
      }),
    );
  });

  it('starts afresh from what it cannot read', () => {
    const detector = compile();
    for (const data of [undefined, null, 3, [], [2, true, 1, []], [1, true, 1]]) {
      assert.deepEqual(detector.restore(data, SERVICE), detector.initial(SERVICE));
    }
  });

  it('watches what all its members watch, and is asked for no records', () => {
    const detector = compile();
    assert.deepEqual(detector.subjects, ['service']);
    assert.deepEqual(detector.hears, MEMBERS);
    assert.equal(detector.selector(detector.initial(SERVICE)), undefined);
    assert.equal(detector.deadline(detector.initial(SERVICE), {} as never), undefined);
  });

  it('refuses members that cannot be, with their place', () => {
    const cases: readonly (readonly [Record<string, unknown>, RegExp, object[]?])[] = [
      [{ members: ['error_spike', 'slow_respnse'] }, /1:\d+ .*Did you mean "slow_response"\?/],
      [{ members: ['error_spike', { detector: 'nobody' }] }, /no detector "nobody"/],
      [{ members: ['error_spike', 'trouble'] }, /"trouble" cannot be a member of itself/],
      [{ members: ['error_spike'] }, /at least 2 "members"/],
      [{ members: ['error_spike', 'error_spike'] }, /stands here twice/],
      [{ members: ['error_spike', 'suspicious_user_activity'] }, /No kind of subject/],
      [{ members: ['error_spike', { detector: 'slow_response', wait: 2 }] }, /Unknown key "wait"/],
      [{ members: ['error_spike', 3] }, /Expected "members"/],
      [{ where: 'level = ERROR' }, /cannot have a "where"/],
      [
        { members: ['error_spike', 'other'] },
        /"other" has members itself/,
        [{ id: 'other', type: 'ensemble', members: MEMBERS }],
      ],
      [
        { members: ['error_spike', 'off'] },
        /"off" is switched off/,
        [{ id: 'off', type: 'slow_response', enabled: false }],
      ],
    ];
    for (const [options, message, more] of cases) {
      assert.throws(() => compile(options, more), { code: 'CONFIG_INVALID', message });
    }
  });

  it('may have members that are switched off while it is so itself', () => {
    const off = { id: 'off', type: 'slow_response', enabled: false };
    const detector = compile({ enabled: false, members: ['error_spike', 'off'] }, [off]);
    assert.equal(detector.type, 'ensemble');
  });
});
