import type { StreamEdge, StreamGraph, StreamNode } from '../model/stream-graph.ts';
import { DEFAULT_STAGES } from './chain.ts';
import type { Detector } from './detector.ts';

/** What is shown of a detector. */
type Lane = Pick<Detector, 'id' | 'stages'>;

/** The channel that is always there: alerts are kept in the store. */
const STORE = 'store';

const HEAD: readonly StreamNode[] = [
  { id: 'intake', label: 'Gateway intake', kind: 'intake' },
  { id: 'journal', label: 'Journal', kind: 'journal' },
  { id: 'decode', label: 'Open, decode', kind: 'decode' },
];
const ALERTER: StreamNode = { id: 'alerter', label: 'Alerter', kind: 'alerter' };

/**
 * Describes how records become alerts under these detectors: from the gateway
 * through each detector's chain to the store and the given channels. Plain
 * data, in the order of the configuration.
 */
export function streamGraph(
  { detectors }: { readonly detectors: readonly Lane[] },
  channels: readonly string[] = [],
): StreamGraph {
  const lanes = detectors.map(laneOf);
  const ends = [...new Set([...channels, STORE])].map(channelOf);
  return {
    nodes: [...HEAD, ...lanes.flat(), ALERTER, ...ends],
    edges: [
      ...inRow(HEAD),
      ...lanes.flatMap((lane) => inRow([...HEAD.slice(-1), ...lane, ALERTER])),
      ...ends.flatMap((end) => inRow([ALERTER, end])),
    ],
  };
}

function laneOf({ id, stages = DEFAULT_STAGES }: Lane): readonly StreamNode[] {
  const inLane = (part: string): string => `detector/${id}/${part}`;
  return [
    { id: inLane('select'), label: 'Select', kind: 'select', detector: id },
    ...stages.map((label, index): StreamNode => ({
      id: inLane(`stage-${index + 1}`),
      label,
      kind: 'stage',
      detector: id,
    })),
    { id: inLane('findings'), label: 'Findings', kind: 'findings', detector: id },
  ];
}

function channelOf(name: string): StreamNode {
  return { id: `channel/${name}`, label: name, kind: 'channel' };
}

/** Edges from each node to the next. */
function inRow(nodes: readonly StreamNode[]): readonly StreamEdge[] {
  return nodes.slice(1).map(({ id }, index) => ({ from: nodes[index]?.id ?? id, to: id }));
}
