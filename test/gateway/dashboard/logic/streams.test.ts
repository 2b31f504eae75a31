import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  layoutStreams,
  STREAM_NODE,
} from '../../../../src/gateway/dashboard/logic/stream-layout.ts';
import type { StreamGraph } from '../../../../src/model/stream-graph.ts';
import { streamGraph } from '../../../../src/streams/stream-graph.ts';
import { describe } from '../../../support/suite.ts';

/** A graph with this many stages in each of its detectors. */
const graphOf = (stages: readonly number[], channels: readonly string[]): StreamGraph => {
  const detectors = stages.map((count, index) => ({
    id: `d${index}`,
    subjects: ['device', 'service'] as const,
    stages: Array.from({ length: count }, () => 'Step'),
  }));
  return streamGraph({ detectors }, channels);
};

describe('stream layout', (it) => {
  it('puts each node right of what feeds it, inside, and over no other', () => {
    const stages = fc.array(fc.nat({ max: 4 }), { maxLength: 9 });
    const channels = fc.uniqueArray(fc.constantFrom('console', 'nats', 'mail', 'pager'));
    fc.assert(
      fc.property(stages, channels, (counts, names) => {
        const { width, height, nodes, edges } = layoutStreams(graphOf(counts, names));
        const byId = new Map(nodes.map((placed) => [placed.node.id, placed]));
        for (const { from, to } of edges) {
          assert.ok((byId.get(from)?.layer ?? 0) < (byId.get(to)?.layer ?? 0), `${from} → ${to}`);
        }
        const places = new Set(nodes.map(({ x, y }) => `${x} ${y}`));
        assert.equal(places.size, nodes.length);
        for (const { x, y, layer, node } of nodes) {
          assert.ok(x >= 0 && x + STREAM_NODE.width <= width, node.id);
          assert.ok(y >= 0 && y + STREAM_NODE.height <= height, node.id);
          for (const other of nodes) {
            const apart = Math.abs(other.y - y) >= STREAM_NODE.height;
            assert.ok(other.node === node || other.layer !== layer || apart, node.id);
          }
        }
      }),
    );
  });

  it('keeps a detector in one lane, and what they share in the middle', () => {
    const { nodes } = layoutStreams(graphOf([1, 2, 1], ['console']));
    const rowsOf = (detector: string) =>
      new Set(nodes.filter(({ node }) => node.detector === detector).map(({ y }) => y));
    for (const detector of ['d0', 'd1', 'd2']) assert.equal(rowsOf(detector).size, 1);
    const middle = nodes.find(({ node }) => node.id === 'alerter')?.y;
    assert.deepEqual([...rowsOf('d1')], [middle]);
  });

  it('draws an edge from side to side', () => {
    const node = (id: string) => ({ id, label: id, kind: 'channel' as const });
    const edges = [
      { from: 'a', to: 'b', unit: 'alerts' as const },
      { from: 'a', to: 'unknown', unit: 'alerts' as const },
    ];
    const layout = layoutStreams({ nodes: [node('a'), node('b')], edges });
    assert.deepEqual(
      layout.edges.map(({ path }) => path),
      ['M120 44C137 44 137 44 154 44'],
    );
  });

  it('comes to an end on a cycle and on nothing', () => {
    const nodes = ['a', 'b'].map((id) => ({ id, label: id, kind: 'stage' as const }));
    const edges = [
      { from: 'a', to: 'b', unit: 'steps' as const },
      { from: 'b', to: 'a', unit: 'steps' as const },
    ];
    assert.equal(layoutStreams({ nodes, edges }).nodes.length, 2);
    const empty = layoutStreams({ nodes: [], edges: [] });
    assert.deepEqual([empty.nodes, empty.edges], [[], []]);
  });
});
