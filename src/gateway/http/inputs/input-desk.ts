import { setImmediate as turn } from 'node:timers/promises';
import type { FastifyRequest } from 'fastify';
import type { Counter } from '../../../core/metrics.ts';
import { inTurns, type Steps } from '../../../core/steps.ts';
import { Unreadable, type InputContext, type InputItem } from '../../../wire/inputs/input-item.ts';
import { createRecordSink, type RecordSink, type Taken } from '../../record-sink.ts';
import type { HttpLimits } from '../limits.ts';
import type { HttpGatewayOptions } from '../options.ts';
import type { Problem, ShapedProblem } from '../problem.ts';
import type { Route } from '../route.ts';

/** An input as metrics name it. */
export type InputName = 'native' | 'json' | 'otlp' | 'loki' | 'elasticsearch' | 'splunk';

/** How much of a rejected record is kept in the dead letters. */
const MAX_LETTER_BYTES = 65_536;

/** Where all HTTP inputs hand in what they have read, and where it is counted. */
export class InputDesk {
  readonly #options: HttpGatewayOptions;
  readonly #sink: RecordSink;
  readonly #counters = new Map<string, Counter>();

  constructor(options: HttpGatewayOptions, limits: HttpLimits) {
    const { clock } = options.api;
    this.#options = options;
    this.#sink = createRecordSink({ ...options, clock, durableMs: limits.durableMs });
  }

  get sink(): RecordSink {
    return this.#sink;
  }

  context({ caller }: FastifyRequest): InputContext {
    return { now: this.#options.api.clock.now(), service: caller?.service };
  }

  /** Reads a body in turns of the event loop, so that a large one holds nobody up. */
  read<Items>(steps: Steps<Items>): Promise<Items> {
    return inTurns(steps, turn);
  }

  /**
   * Takes in what an input has read; resolves when what is accepted is
   * durable. What is rejected goes to the dead letters.
   * @throws as RecordSink.take
   */
  async take(
    request: FastifyRequest,
    input: InputName,
    items: readonly InputItem[],
  ): Promise<Taken> {
    const receivedAt = this.#options.api.clock.monotonic();
    const service = request.caller?.service;
    // The sink rejects what is no map; here it gets the better reason.
    const records = items.map((item) => (item instanceof Unreadable ? null : item));
    const raw = await this.#sink.take({ items: records, service, receivedAt });
    request.isPartlyTaken = raw.accepted > 0;
    const taken = { ...raw, rejected: raw.rejected.map((each) => explained(each, items)) };
    this.#bury(request, taken, items);
    this.count(input, taken, (request.body as Buffer).length);
    return taken;
  }

  /** Counts what was taken out of a body of so many bytes. */
  count(input: InputName, { accepted, rejected }: Taken, bytes: number): void {
    this.#inc(BYTES, { input }, bytes);
    if (accepted > 0) {
      this.#inc(ACCEPTED, { input }, accepted);
    }
    for (const { pointer, reason } of rejected) {
      const labels = { input, reason: reasonOf(pointer, reason) };
      this.#inc(REJECTED, labels, 1);
    }
  }

  /** Counts requests that an input refuses as a whole, then gives the answer the form of its protocol. */
  refusals(
    input: InputName,
    shape: (problem: Problem, request: FastifyRequest) => ShapedProblem | undefined,
  ): NonNullable<Route['problem']> {
    return (problem, request) => {
      const labels = { input, reason: problem.code.toLowerCase() };
      this.#inc(REFUSED, labels, 1);
      return shape(problem, request);
    };
  }

  #bury({ caller }: FastifyRequest, taken: Taken, items: readonly InputItem[]): void {
    const { onRejected } = this.#options;
    if (onRejected === undefined) return;
    for (const { index, pointer, reason } of taken.rejected) {
      onRejected({
        index,
        pointer,
        reason,
        body: letterOf(items[index]),
        at: taken.observedAt,
        token: caller?.id ?? '',
        ...(caller?.service === undefined ? {} : { service: caller.service }),
      });
    }
  }

  #inc({ name, help }: Instrument, labels: Readonly<Record<string, string>>, by: number): void {
    const key = `${name} ${Object.values(labels).join(' ')}`;
    let counter = this.#counters.get(key);
    if (counter === undefined) {
      counter = this.#options.metrics.counter(name, help, labels);
      this.#counters.set(key, counter);
    }
    counter.inc(by);
  }
}

interface Instrument {
  readonly name: string;
  readonly help: string;
}

const BYTES: Instrument = {
  name: 'watchkeeper_input_bytes_total',
  help: 'Bytes of bodies by input, after they are decompressed.',
};
const ACCEPTED: Instrument = {
  name: 'watchkeeper_input_records_accepted_total',
  help: 'Records taken in by input.',
};
const REJECTED: Instrument = {
  name: 'watchkeeper_input_records_rejected_total',
  help: 'Records rejected by input and the field that was at fault.',
};
const REFUSED: Instrument = {
  name: 'watchkeeper_input_requests_refused_total',
  help: 'Requests refused as a whole by input and error code.',
};

type Rejected = Taken['rejected'][number];

function explained(rejected: Rejected, items: readonly InputItem[]): Rejected {
  const item = items[rejected.index];
  return item instanceof Unreadable ? { ...rejected, reason: item.reason } : rejected;
}

/** A whole record as the input has read it, so that a replay can take it in; otherwise the bytes. */
function letterOf(item: InputItem | undefined): Uint8Array {
  const bytes = item instanceof Unreadable ? item.raw : Buffer.from(JSON.stringify(item ?? null));
  return bytes.subarray(0, MAX_LETTER_BYTES);
}

/** The first part of a pointer is a name of the schema, so there are few. */
function reasonOf(pointer: string, reason: string): string {
  const [, field = ''] = pointer.split('/');
  if (field !== '') return field;
  return reason.startsWith('Larger') ? 'too_large' : 'unreadable';
}
