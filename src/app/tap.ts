import type { Engine } from '../actors/engine.ts';
import type { Cancel, Clock } from '../core/clock.ts';
import type { Metrics } from '../core/metrics.ts';
import type { IntakeCounters } from '../gateway/intake.ts';
import type { CountedEdge, StreamEdge, StreamGraph } from '../model/stream-graph.ts';
import type { InputFlowKind, Tap, TappedInput, Throughput } from '../model/tap.ts';
import type { VerdictCount } from '../model/verdict.ts';
import { streamGraph } from '../streams/stream-graph.ts';
import type { InputFlow, InputTotals } from './input-flow.ts';

export interface SiteTapOptions {
  readonly engine: Pick<Engine, 'flow' | 'verdicts' | 'detectors' | 'state'>;
  readonly intake: { readonly counters: IntakeCounters };
  readonly inputs: Pick<InputFlow, 'totals'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

const SAMPLE_MS = 1_000;
/** Rates are taken over so many samples. */
const SAMPLES = 3;

interface Sample {
  /** Monotonic ms. */
  readonly at: number;
  readonly totals: ReadonlyMap<string, number>;
}

/**
 * Reads the counters of the real flow as the edges of the stream graph. The
 * hot path only adds to integers; everything else happens here, once a second
 * and when somebody asks.
 */
export class SiteTap {
  readonly #options: SiteTapOptions;
  readonly #since: number;
  readonly #cancel: Cancel;
  readonly #published = new Map<string, number>();
  #samples: readonly Sample[];

  constructor(options: SiteTapOptions) {
    this.#options = options;
    this.#since = options.clock.now();
    this.#samples = [this.#sample()];
    this.#cancel = options.clock.every(SAMPLE_MS, () => {
      this.#samples = [...this.#samples, this.#sample()].slice(-SAMPLES);
      this.#publish();
    });
  }

  /** The graph of the detectors in force, with what passed each edge. */
  graph(): StreamGraph<CountedEdge> {
    const { nodes, edges } = this.#graph();
    const totals = this.#totals(edges);
    const rate = this.#rates();
    return {
      nodes,
      edges: edges.map((edge) => {
        const total = totals.get(keyOf(edge)) ?? 0;
        return { ...edge, total, rate: rate(keyOf(edge), total) };
      }),
    };
  }

  tap(): Tap {
    const { clock, engine } = this.#options;
    const { edges } = this.graph();
    const verdicts = engine.verdicts.counts();
    return { at: clock.now(), since: this.#since, edges, inputs: this.#inputs(), verdicts };
  }

  stop(): void {
    this.#cancel();
  }

  #inputs(): readonly TappedInput[] {
    const rate = this.#rates();
    return this.#options.inputs.totals().map((totals) => {
      const flow = (kind: InputFlowKind): Throughput => {
        const total = totals[kind];
        return { total, rate: rate(inputKey(totals, kind), total) };
      };
      const { name, unit } = totals;
      const flows = { refused: flow('refused'), unparsed: flow('unparsed') };
      return { name, unit, taken: flow('taken'), ...flows };
    });
  }

  /** Per second since the oldest sample, by key and total. */
  #rates(): (key: string, total: number) => number {
    const { at, totals: before } = this.#samples[0] ?? this.#sample();
    const seconds = Math.max(0.001, (this.#options.clock.monotonic() - at) / 1_000);
    return (key, total) =>
      Math.round((Math.max(0, total - (before.get(key) ?? 0)) / seconds) * 10) / 10;
  }

  #graph(): StreamGraph {
    const { detectors, state } = this.#options.engine;
    return streamGraph(
      detectors,
      state.outbox.channels.map(({ name }) => name),
    );
  }

  #sample(): Sample {
    const totals = new Map(this.#totals(this.#graph().edges));
    for (const input of this.#options.inputs.totals()) {
      for (const kind of FLOWS) totals.set(inputKey(input, kind), input[kind]);
    }
    return { at: this.#options.clock.monotonic(), totals };
  }

  #totals(edges: readonly StreamEdge[]): ReadonlyMap<string, number> {
    const { engine, intake } = this.#options;
    const counts = engine.verdicts.counts();
    const trunk = trunkTotals(engine.flow, intake.counters);
    const totalOf = (edge: StreamEdge): number => {
      if (edge.to.startsWith(CHANNEL)) return deliveredTo(engine.flow, edge.to);
      return trunk[keyOf(edge)] ?? laneTotal(edge, counts);
    };
    return new Map(edges.map((edge) => [keyOf(edge), totalOf(edge)]));
  }

  /** Once a second instead of at every step: an instrument call costs more than the step's accounting. */
  #publish(): void {
    const { engine, metrics } = this.#options;
    for (const { detector, type, kind, silent, finding } of engine.verdicts.counts()) {
      for (const [verdict, count] of Object.entries({ silent, finding })) {
        const key = `${detector} ${kind} ${verdict}`;
        const before = this.#published.get(key) ?? 0;
        metrics
          .counter(
            'watchkeeper_detector_evaluations_total',
            'Steps of detectors by type of detector and verdict.',
            { type, verdict },
          )
          .inc(count - before);
        this.#published.set(key, count);
      }
    }
  }
}

const FLOWS: readonly InputFlowKind[] = ['taken', 'refused', 'unparsed'];

function inputKey({ name }: InputTotals, kind: InputFlowKind): string {
  return `input/${name}>${kind}`;
}

const CHANNEL = 'channel/';
const STORE = `${CHANNEL}store`;

type Flow = Engine['flow'];

function keyOf({ from, to }: StreamEdge): string {
  return `${from}>${to}`;
}

function trunkTotals(flow: Flow, intake: IntakeCounters): Readonly<Record<string, number>> {
  return {
    'source/device>intake': intake.accepted - intake.groups,
    'source/service>intake': intake.groups,
    'intake>journal': intake.journalled,
    'journal>dispatch': flow.frames + flow.groups,
    'dispatch>subject/device': flow.frames,
    'dispatch>subject/service': flow.groups,
    'dispatch>subject/user': flow.userRecords,
    'subject/device>archive': flow.storedOfDevices,
    'subject/service>archive': flow.storedOfServices,
  };
}

/** The store keeps every change of an alert; the others confirm what they are sent. */
function deliveredTo(flow: Flow, node: string): number {
  return node === STORE ? flow.alerts : flow.deliveredTo(node.slice(CHANNEL.length));
}

/** Totals within a detector's lane, out of its verdicts. */
function laneTotal({ from, to, unit }: StreamEdge, counts: readonly VerdictCount[]): number {
  const detector = (from.startsWith('detector/') ? from : to).split('/')[1];
  const kind = from.startsWith('subject/') ? from.slice('subject/'.length) : undefined;
  let total = 0;
  for (const count of counts) {
    if (count.detector !== detector || (kind !== undefined && count.kind !== kind)) continue;
    if (unit === 'records') total += count.records;
    else if (unit === 'steps') total += count.silent + count.finding;
    else total += count.findings;
  }
  return total;
}
