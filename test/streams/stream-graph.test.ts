import assert from 'node:assert/strict';
import fc from 'fast-check';
import { map } from 'rxjs';
import { Chain, DEFAULT_STAGES, staged } from '../../src/streams/chain.ts';
import { compileDetectors } from '../../src/streams/detector-set.ts';
import type { Detector } from '../../src/streams/detector.ts';
import { streamGraph } from '../../src/streams/stream-graph.ts';
import { describe } from '../support/suite.ts';

const CONFIG = `anomalies:
  error_spike: { threshold: 100, window: 5m }
  service_down: { silence: 60s }
`;

const named = (
  id: string,
  stages?: readonly string[],
): Pick<Detector, 'id' | 'stages' | 'subjects'> => ({
  id,
  subjects: ['service', 'device'],
  ...(stages === undefined ? {} : { stages }),
});

describe('stream graph', (it) => {
  it('leads findings of members to the detector that hears them', () => {
    const all = [named('spike'), named('slow'), { ...named('both'), hears: ['spike', 'slow'] }];
    const { nodes, edges } = streamGraph({ detectors: all });
    const into = edges.filter(({ to }) => to === 'detector/both/select');
    assert.deepEqual(
      into.map(({ from, unit }) => `${from} ${unit}`),
      ['detector/spike/findings findings', 'detector/slow/findings findings'],
    );
    assert.ok(into.every(({ from }) => nodes.some(({ id }) => id === from)));
  });

  it('follows a detector from intake to the channels', () => {
    const { nodes, edges } = streamGraph({ detectors: [named('spike', ['Slide', 'Judge'])] }, [
      'console',
      'nats',
    ]);
    const lane = ['select', 'stage-1', 'stage-2', 'findings'].map((p) => `detector/spike/${p}`);
    const kinds = ['device', 'service', 'user'].map((kind) => `subject/${kind}`);
    const head = ['source/device', 'source/service', 'intake', 'journal', 'dispatch', ...kinds];
    const ends = ['console', 'nats', 'store'].map((name) => `channel/${name}`);
    assert.deepEqual(
      nodes.map(({ id }) => id),
      [...head, ...lane, 'alerter', ...ends, 'archive'],
    );
    const [select, first, second, findings] = lane;
    assert.deepEqual(
      edges.map(({ from, to, unit }) => `${from} ${to} ${unit}`),
      [
        'source/device intake frames',
        'source/service intake groups',
        'intake journal entries',
        'journal dispatch entries',
        'dispatch subject/device frames',
        'dispatch subject/service groups',
        'dispatch subject/user records',
        'subject/device archive records',
        'subject/service archive records',
        `subject/service ${select} records`,
        `subject/device ${select} records`,
        `${select} ${first} steps`,
        `${first} ${second} steps`,
        `${second} ${findings} findings`,
        `${findings} alerter findings`,
        ...ends.map((to) => `alerter ${to} alerts`),
      ],
    );
  });

  it('names the stages that the detectors in force declare', () => {
    const { nodes } = streamGraph(compileDetectors(CONFIG, 'anomaly_schema.yaml'));
    const stagesOf = (detector: string): readonly string[] =>
      nodes
        .filter((node) => node.detector === detector && node.kind === 'stage')
        .map(({ label }) => label);
    assert.deepEqual(stagesOf('error_spike'), ['Slide window']);
    assert.deepEqual(stagesOf('service_down'), ['Judge silence']);
  });

  it('has unique ids and edges, between nodes only, and begins at the senders', () => {
    const id = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/);
    const detectors = fc.uniqueArray(fc.tuple(id, fc.array(fc.string(), { maxLength: 4 })), {
      selector: ([name]) => name,
      maxLength: 12,
    });
    fc.assert(
      fc.property(detectors, fc.array(id, { maxLength: 4 }), (lanes, channels) => {
        const set = { detectors: lanes.map(([name, stages]) => named(name, stages)) };
        const { nodes, edges } = streamGraph(set, channels);
        const ids = new Set(nodes.map((node) => node.id));
        assert.equal(ids.size, nodes.length);
        for (const { from, to } of edges) assert.ok(ids.has(from) && ids.has(to));
        const entered = new Set(edges.map(({ to }) => to));
        const roots = [...ids].filter((each) => !entered.has(each));
        const sources = ['source/device', 'source/service'];
        assert.deepEqual(roots, lanes.length > 0 ? sources : [...sources, 'alerter']);
        assert.equal(new Set(edges.map(({ from, to }) => `${from}>${to}`)).size, edges.length);
      }),
    );
  });

  it('reads the stages off the chain, and makes the operator anew after a throw', () => {
    let made = 0;
    const chain = new Chain<number>(
      staged('Add', () => {
        made += 1;
        return map(({ state }) => {
          if (state < 0) throw new RangeError('negative');
          return { state: state + 1, findings: [] };
        });
      }),
    );
    const input = { type: 'deadline', deadline: 0 } as never;
    assert.deepEqual(chain.stages, ['Add']);
    assert.equal(chain.run({ state: 1, input }).state, 2);
    assert.throws(() => chain.run({ state: -1, input }), RangeError);
    assert.equal(made, 2);
    const plain = new Chain<number>((jobs) =>
      jobs.pipe(map(({ state }) => ({ state, findings: [] }))),
    );
    assert.deepEqual(plain.stages, DEFAULT_STAGES);
  });
});
