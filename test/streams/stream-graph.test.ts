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

const named = (id: string, stages?: readonly string[]): Pick<Detector, 'id' | 'stages'> => ({
  id,
  ...(stages === undefined ? {} : { stages }),
});

describe('stream graph', (it) => {
  it('follows a detector from intake to the channels', () => {
    const { nodes, edges } = streamGraph({ detectors: [named('spike', ['Slide', 'Judge'])] }, [
      'console',
      'nats',
    ]);
    const lane = ['select', 'stage-1', 'stage-2', 'findings'].map((p) => `detector/spike/${p}`);
    const path = ['intake', 'journal', 'decode', ...lane, 'alerter'];
    const ends = ['console', 'nats', 'store'].map((name) => `channel/${name}`);
    assert.deepEqual(
      nodes.map(({ id }) => id),
      [...path, ...ends],
    );
    assert.deepEqual(edges, [
      ...path.slice(1).map((to, index) => ({ from: path[index], to })),
      ...ends.map((to) => ({ from: 'alerter', to })),
    ]);
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

  it('has unique ids, edges between nodes only, and one way in', () => {
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
        assert.deepEqual(roots, lanes.length > 0 ? ['intake'] : ['intake', 'alerter']);
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
