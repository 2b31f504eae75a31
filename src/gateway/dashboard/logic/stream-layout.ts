import type { StreamEdge, StreamGraph, StreamNode } from '../../../model/stream-graph.ts';

/** Pixels. */
export const STREAM_NODE = Object.freeze({ width: 116, height: 36 });
const GAP = 34;
/** From one lane to the next; leaves room for the detector's name above its nodes. */
const LANE = 70;
const MARGIN = 4;
const CAPTION = 22;

export interface PlacedNode {
  readonly node: StreamNode;
  /** 0 is leftmost; each node is right of all that feed it. */
  readonly layer: number;
  /** Left and top, in pixels. */
  readonly x: number;
  readonly y: number;
}

export type PlacedEdge<Edge extends StreamEdge = StreamEdge> = Edge & {
  /** Path data from the right of one node to the left of the other. */
  readonly path: string;
};

export interface StreamLayout<Edge extends StreamEdge = StreamEdge> {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge<Edge>[];
}

/**
 * Places a graph from left to right: a lane for each detector, what they
 * share in the middle of its layer, what feeds nothing at the right. Edges to unknown nodes are left out.
 */
export function layoutStreams<Edge extends StreamEdge>({
  nodes,
  edges,
}: StreamGraph<Edge>): StreamLayout<Edge> {
  const known = new Set(nodes.map(({ id }) => id));
  const drawn = edges.filter(({ from, to }) => known.has(from) && known.has(to));
  const layers = withEndsRight(layersOf(nodes, drawn), drawn);
  const lanes = [...new Set(nodes.flatMap(({ detector }) => detector ?? []))];
  const shared = groupShared(nodes, layers);
  const rows = Math.max(1, lanes.length, ...[...shared.values()].map((group) => group.length));
  const placed = nodes.map((node): PlacedNode => {
    const layer = layers.get(node.id) ?? 0;
    const group = shared.get(layer) ?? [];
    const [at, of] =
      node.detector === undefined
        ? [group.indexOf(node), group.length]
        : [lanes.indexOf(node.detector), lanes.length];
    const y = MARGIN + CAPTION + (at + (rows - of) / 2) * LANE;
    return { node, layer, x: MARGIN + layer * (STREAM_NODE.width + GAP), y };
  });
  const byId = new Map(placed.map((each) => [each.node.id, each]));
  const depth = Math.max(0, ...layers.values()) + 1;
  return {
    width: 2 * MARGIN + depth * (STREAM_NODE.width + GAP) - GAP,
    height: 2 * MARGIN + CAPTION + (rows - 1) * LANE + STREAM_NODE.height,
    nodes: placed,
    edges: drawn.map((edge) => ({ ...edge, path: pathOf(byId.get(edge.from), byId.get(edge.to)) })),
  };
}

/** The longest way to each node. A cycle, which no site sends, ends after as many rounds as there are nodes. */
function layersOf(
  nodes: readonly StreamNode[],
  edges: readonly StreamEdge[],
): ReadonlyMap<string, number> {
  const layers = new Map(nodes.map(({ id }) => [id, 0]));
  const last = nodes.length - 1;
  for (let round = 0, moved = true; moved && round < nodes.length; round += 1) {
    moved = false;
    for (const { from, to } of edges) {
      const layer = Math.min(last, (layers.get(from) ?? 0) + 1);
      if (layer <= (layers.get(to) ?? 0)) continue;
      layers.set(to, layer);
      moved = true;
    }
  }
  return layers;
}

/** Moves what is fed and feeds nothing to the last layer, so that its edges end beyond the lanes. */
function withEndsRight(
  layers: ReadonlyMap<string, number>,
  edges: readonly StreamEdge[],
): ReadonlyMap<string, number> {
  const last = Math.max(0, ...layers.values());
  const feeding = new Set(edges.map(({ from }) => from));
  const ends = edges.flatMap(({ to }) => (feeding.has(to) ? [] : [[to, last] as const]));
  return new Map([...layers, ...ends]);
}

/** Nodes of no detector, by layer. */
function groupShared(
  nodes: readonly StreamNode[],
  layers: ReadonlyMap<string, number>,
): ReadonlyMap<number, readonly StreamNode[]> {
  const groups = new Map<number, StreamNode[]>();
  for (const node of nodes) {
    if (node.detector !== undefined) continue;
    const layer = layers.get(node.id) ?? 0;
    const group = groups.get(layer) ?? [];
    group.push(node);
    groups.set(layer, group);
  }
  return groups;
}

function pathOf(from: PlacedNode | undefined, to: PlacedNode | undefined): string {
  if (from === undefined || to === undefined) return '';
  const { width, height } = STREAM_NODE;
  const [x1, y1] = [from.x + width, from.y + height / 2];
  const [x2, y2] = [to.x, to.y + height / 2];
  const bend = GAP / 2;
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}
