import type { Counter, Labels } from '../core/metrics.ts';
import type { MetricsRegistry } from '../gateway/http/metrics-registry.ts';
import type { InputFlowKind } from '../model/tap.ts';

/** What came by one input since the start. */
export interface InputTotals extends Readonly<Record<InputFlowKind, number>> {
  readonly name: string;
  readonly unit: 'records' | 'frames';
}

/** Which counter says what of the input in its label `input`. */
const COUNTERS: ReadonlyMap<string, InputFlowKind> = new Map([
  ['watchkeeper_input_accepted_total', 'taken'],
  ['watchkeeper_input_records_accepted_total', 'taken'],
  ['watchkeeper_input_rejected_total', 'refused'],
  ['watchkeeper_input_records_rejected_total', 'refused'],
  ['watchkeeper_input_requests_refused_total', 'refused'],
  ['watchkeeper_input_raw_total', 'unparsed'],
]);
/** The same of watches, which are no input of a name. */
const OF_WATCHES: ReadonlyMap<string, InputFlowKind> = new Map([
  ['watchkeeper_frames_received_total', 'taken'],
  ['watchkeeper_frames_rejected_total', 'refused'],
]);
const WATCHES = 'watches';

type Totals = Record<InputFlowKind, number>;

/**
 * Adds up what the inputs count for the metrics, by input: HTTP, TCP, UDP,
 * files and Kafka count in the same way, so no input has to know of it.
 */
export class InputFlow {
  readonly #totals = new Map<string, Totals>([[WATCHES, zero()]]);

  /** The registry, for whatever runs inputs, with an ear on their counters. */
  over(metrics: MetricsRegistry): MetricsRegistry {
    return {
      ...metrics,
      counter: (name, help, labels = {}) => {
        const counter = metrics.counter(name, help, labels);
        const place = this.#placeOf(name, labels);
        return place === undefined ? counter : heard(counter, place);
      },
    };
  }

  /** By name of the input, watches first; an input is there from its first connection or record on at the latest. */
  totals(): readonly InputTotals[] {
    return [...this.#totals].map(([name, totals]) => ({
      name,
      unit: name === WATCHES ? 'frames' : 'records',
      ...totals,
    }));
  }

  #placeOf(name: string, { input }: Labels): Place | undefined {
    const ofInput = input === undefined ? undefined : COUNTERS.get(name);
    const kind = ofInput ?? OF_WATCHES.get(name);
    if (kind === undefined) return undefined;
    const key = ofInput === undefined ? WATCHES : (input ?? WATCHES);
    const totals = this.#totals.get(key) ?? zero();
    this.#totals.set(key, totals);
    return { totals, kind };
  }
}

interface Place {
  readonly totals: Totals;
  readonly kind: InputFlowKind;
}

function heard(counter: Counter, { totals, kind }: Place): Counter {
  return {
    inc: (by = 1) => {
      totals[kind] += by;
      counter.inc(by);
    },
  };
}

function zero(): Totals {
  return { taken: 0, refused: 0, unparsed: 0 };
}
