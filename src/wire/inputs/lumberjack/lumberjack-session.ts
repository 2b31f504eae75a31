import { WatchkeeperError } from '../../../core/errors.ts';
import type { SourceParser } from '../../parsers/source/source-parser.ts';
import { recordOfShipped } from '../event-record.ts';
import { recordOfUnread } from '../unread-event.ts';
import type { InputItem, InputSession, InputStep } from '../input-session.ts';
import { jsonFields, pairFields } from './event-fields.ts';
import {
  FrameSplitter,
  type LumberjackFrame,
  type LumberjackLimits,
  type Version,
} from './frame-splitter.ts';

export interface LumberjackSessionOptions {
  readonly limits: LumberjackLimits;
  /** Site-clock ms. */
  readonly now: () => number;
  /** The service of all records, whatever they say. */
  readonly service?: string | undefined;
  /** The service of events that name none. */
  readonly defaultService: string;
  /** Reads the text of events. */
  readonly parser?: Pick<SourceParser, 'parse'> | undefined;
}

/**
 * Lumberjack, version 2 (Beats, Logstash, Elastic Agent) and 1
 * (logstash-forwarder). A window is confirmed by the number of its last event
 * when all of it is durable; until then a waiting sender hears
 * the number of the last event that is.
 * See https://github.com/elastic/logstash-forwarder/blob/master/PROTOCOL.md.
 */
export function createLumberjackSession(options: LumberjackSessionOptions): InputSession {
  return new LumberjackSession(options);
}

type EventFrame = Extract<LumberjackFrame, { readonly type: 'json' | 'pairs' }>;

/** Events that are taken in at once. */
const BATCH = 256;
/** Bytes of events that wait for their batch. */
const BATCH_BYTES = 1_048_576;

class LumberjackSession implements InputSession {
  readonly #options: LumberjackSessionOptions;
  readonly #splitter: FrameSplitter;
  #version: Version = 0x32;
  /** Events of the window that are still to come. */
  #left = 0;
  /** Number of the window's last event so far. */
  #last: number | undefined;
  /** Number of the last event that is durable, of the window that was opened last. */
  #durable = 0;
  #window = 0;
  #batch: InputItem[] = [];
  #batchBytes = 0;
  readonly isAdmitted = true;
  readonly cut = 0;

  constructor(options: LumberjackSessionOptions) {
    this.#options = options;
    this.#splitter = new FrameSplitter(options.limits);
  }

  get held(): number {
    return this.#splitter.held + this.#left;
  }

  *push(bytes: Uint8Array): Iterable<InputStep> {
    let failure: unknown;
    try {
      for (const frame of this.#splitter.push(bytes)) {
        if (frame.type === 'window') yield* this.#open(frame);
        else yield* this.#event(frame);
      }
    } catch (error) {
      failure = error;
    }
    // The bytes of what waits are gone with the next piece; events before a broken frame are whole.
    yield* this.#flush();
    if (failure !== undefined) throw failure;
  }

  end(): Iterable<InputStep> {
    return [];
  }

  keepAlive(): Uint8Array {
    return packAck(this.#version, this.#durable);
  }

  *#open({ version, size }: LumberjackFrame & { readonly type: 'window' }): Iterable<InputStep> {
    const { maxEvents } = this.#options.limits;
    if (size > maxEvents) {
      throw new WatchkeeperError(
        'FRAME_TOO_LARGE',
        `A window is larger than ${maxEvents} events.`,
        {
          fix: 'Let the sender write smaller batches, or raise the limit of the input.',
        },
      );
    }
    yield* this.#close();
    this.#version = version;
    this.#left = size;
    this.#durable = 0;
    this.#window += 1;
  }

  *#event(frame: EventFrame): Iterable<InputStep> {
    if (this.#left === 0) {
      throw new WatchkeeperError('FRAME_MALFORMED', 'An event came outside of a window.');
    }
    this.#left -= 1;
    this.#last = frame.sequence;
    this.#batch.push(this.#item(frame));
    this.#batchBytes += frame.body.length;
    if (this.#batch.length >= BATCH || this.#batchBytes >= BATCH_BYTES) yield* this.#flush();
    if (this.#left === 0) yield* this.#close();
  }

  /** Confirms what came of the window. */
  *#close(): Iterable<InputStep> {
    yield* this.#flush();
    if (this.#last === undefined) return;
    yield { type: 'reply', bytes: packAck(this.#version, this.#last) };
    this.#last = undefined;
    this.#left = 0;
  }

  *#flush(): Iterable<InputStep> {
    if (this.#batch.length === 0) return;
    const items = this.#batch;
    this.#batch = [];
    this.#batchBytes = 0;
    const window = this.#window;
    const last = this.#last ?? 0;
    // Numbers may begin anew with a window: one of another would confirm what is not durable.
    const onDurable = (): void => {
      if (window === this.#window) this.#durable = last;
    };
    yield { type: 'records', items, isAcked: true, onDurable };
  }

  #item({ type, body }: EventFrame): InputItem {
    const { service, defaultService, parser, now } = this.#options;
    const raw = (): Uint8Array => body;
    const fields = type === 'json' ? jsonFields(body) : pairFields(body);
    const context = {
      receivedAt: now(),
      defaultService,
      ...(service === undefined ? {} : { service }),
    };
    if (fields === undefined) {
      return { record: recordOfUnread(body, 'not a JSON map', context), isRaw: true, raw };
    }
    const record = recordOfShipped(fields, { context, fallback: defaultService, parser });
    return { record, isDropped: record === undefined, raw };
  }
}

function packAck(version: Version, sequence: number): Uint8Array {
  const frame = new Uint8Array(6);
  const view = new DataView(frame.buffer);
  view.setUint8(0, version);
  view.setUint8(1, 0x41);
  view.setUint32(2, sequence);
  return frame;
}
