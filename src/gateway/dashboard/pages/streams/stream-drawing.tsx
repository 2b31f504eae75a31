import { useMemo } from 'preact/hooks';
import type { JSX } from 'preact';
import type { CountedEdge, StreamGraph, StreamNode } from '../../../../model/stream-graph.ts';
import { passing } from './stream-table.tsx';
import { layoutStreams, STREAM_NODE, type PlacedNode } from '../../logic/stream-layout.ts';

/** The graph from left to right; it scrolls in its box where it does not fit. */
export function StreamDrawing({ graph }: { graph: StreamGraph<CountedEdge> }): JSX.Element {
  const { width, height, nodes, edges } = useMemo(() => layoutStreams(graph), [graph]);
  return (
    <div class="stream-box" role="region" aria-label="Stream graph" tabIndex={0}>
      <svg
        class="stream-graph"
        viewBox={`0 0 ${width} ${height}`}
        style={{ maxWidth: `${width}px`, minWidth: `${Math.round(width * LEAST_SCALE)}px` }}
        role="img"
        aria-label="Each stage and what it feeds, as the table below says it"
        data-testid="stream-graph"
      >
        {edges.map((edge) => (
          <path
            key={`${edge.from} ${edge.to}`}
            class={edge.rate > 0 ? 'stream-edge stream-live' : 'stream-edge'}
            d={edge.path}
          >
            <title>{passing(edge)}</title>
          </path>
        ))}
        {nodes.map((placed) => (
          <Node key={placed.node.id} placed={placed} />
        ))}
      </svg>
    </div>
  );
}

/** Smaller, and nobody can read it. */
const LEAST_SCALE = 0.8;
/** Characters that fit into a node. */
const LABEL_LENGTH = 16;

function Node({ placed: { node, x, y } }: { placed: PlacedNode }): JSX.Element {
  const { width, height } = STREAM_NODE;
  return (
    <g
      class={`stream-node stream-${node.kind}`}
      transform={`translate(${x} ${y})`}
      data-testid="stream-node"
      data-node={node.id}
    >
      <title>{titleOf(node)}</title>
      {node.kind === 'select' ? (
        <text class="stream-caption" x={0} y={-8}>
          {node.detector}
        </text>
      ) : null}
      <rect width={width} height={height} rx={8} />
      <text x={width / 2} y={height / 2} text-anchor="middle" dominant-baseline="central">
        {shortened(node.label)}
      </text>
    </g>
  );
}

function titleOf({ detector, label, where }: StreamNode): string {
  const title = detector === undefined ? label : `${detector}: ${label}`;
  return where === undefined ? title : `${title}, where ${where}`;
}

function shortened(label: string): string {
  return label.length > LABEL_LENGTH ? `${label.slice(0, LABEL_LENGTH - 1)}…` : label;
}
