import { WatchkeeperError } from '../../../core/errors.ts';
import type { LineContext } from '../../parsers/line-parser.ts';
import type { SourceParser } from '../../parsers/source/source-parser.ts';
import { recordOfShipped } from '../event-record.ts';
import { recordOfUnread } from '../unread-event.ts';
import type { InputItem, InputSession, InputStep } from '../input-session.ts';
import { readForwardMessage, type ForwardEntry, type ForwardLimits } from './forward-message.ts';
import { answerPing, packAck, packHelo, type ForwardSecurity } from './handshake.ts';
import { MessageSplitter } from './message-splitter.ts';

export interface ForwardSessionOptions {
  readonly limits: ForwardLimits;
  /** Without it there is no handshake. */
  readonly security?: ForwardSecurity | undefined;
  /** Site-clock ms. */
  readonly now: () => number;
  /** The service of all records, whatever they say. */
  readonly service?: string | undefined;
  /** The service that a tag stands for, when a record names none. */
  readonly serviceOfTag: (tag: string) => string;
  /** Reads the text of events. */
  readonly parser?: Pick<SourceParser, 'parse'> | undefined;
}

/**
 * The Fluent forward protocol, version 1, as Fluentd, Fluent Bit, Docker and
 * Vector speak it. A message with `chunk` is confirmed when all of it is
 * durable.
 */
export function createForwardSession(options: ForwardSessionOptions): InputSession {
  return new ForwardSession(options);
}

const NIL = 0xc0;

class ForwardSession implements InputSession {
  readonly #options: ForwardSessionOptions;
  readonly #splitter: MessageSplitter;
  readonly greeting: Uint8Array | undefined;
  readonly cut = 0;
  isAdmitted: boolean;

  constructor(options: ForwardSessionOptions) {
    this.#options = options;
    this.#splitter = new MessageSplitter(options.limits.maxMessageBytes);
    this.greeting = options.security === undefined ? undefined : packHelo(options.security);
    this.isAdmitted = options.security === undefined;
  }

  get held(): number {
    return this.#splitter.held;
  }

  *push(bytes: Uint8Array): Iterable<InputStep> {
    for (const message of this.#splitter.push(bytes)) yield* this.#take(message);
  }

  end(): Iterable<InputStep> {
    return [];
  }

  *#take(message: Uint8Array): Iterable<InputStep> {
    const { security, limits } = this.#options;
    if (security !== undefined && !this.isAdmitted) {
      yield this.#handshake(message, security);
      return;
    }
    // Clients send nil to see whether the connection still stands.
    if (message.length === 1 && message[0] === NIL) return;
    const { tag, chunk, entries } = readForwardMessage(message, limits);
    const isAcked = chunk !== undefined;
    yield { type: 'records', items: this.#items(tag, entries), isAcked };
    if (chunk !== undefined) yield { type: 'reply', bytes: packAck(chunk) };
  }

  #handshake(message: Uint8Array, security: ForwardSecurity): InputStep {
    const pong = answerPing(message, security);
    if (pong === undefined) {
      throw new WatchkeeperError('UNAUTHENTICATED', 'Expected a PING with the shared key.');
    }
    this.isAdmitted = pong.isAdmitted;
    if (pong.isAdmitted) return { type: 'reply', bytes: pong.bytes };
    return { type: 'refuse', reason: 'unauthenticated', bytes: pong.bytes };
  }

  *#items(tag: string, entries: Iterable<ForwardEntry>): Iterable<InputItem> {
    const { service, serviceOfTag, parser, now } = this.#options;
    const defaultService = serviceOfTag(tag);
    const receivedAt = now();
    const names: Names = { receivedAt, defaultService, service };
    for (const entry of entries) {
      const { time, record } = entry;
      const context = contextOf(names, time);
      if (record === undefined) {
        const unread = recordOfUnread(entry.raw(), 'not a time and a map', context);
        yield itemOf(entry, unread, true);
        continue;
      }
      const read = recordOfShipped(record, { context, fallback: defaultService, parser });
      yield itemOf(entry, read, false);
    }
  }
}

interface Names {
  readonly receivedAt: number;
  readonly defaultService: string;
  readonly service: string | undefined;
}

/** Written out: copies of an object with a property more are slow to make, and slow to read. */
function contextOf({ receivedAt, defaultService, service }: Names, previous?: number): LineContext {
  if (service === undefined) {
    return previous === undefined
      ? { receivedAt, defaultService }
      : { receivedAt, defaultService, previous };
  }
  return previous === undefined
    ? { receivedAt, defaultService, service }
    : { receivedAt, defaultService, service, previous };
}

interface EntryItem extends InputItem {
  readonly entry: ForwardEntry;
}

/** One for all: a function of its own for each event would cost more than a small one. */
function rawOf(this: EntryItem): Uint8Array {
  return this.entry.raw();
}

function itemOf(entry: ForwardEntry, record: unknown, isRaw: boolean): EntryItem {
  return { entry, record, isRaw, isDropped: record === undefined, raw: rawOf };
}
