import type { LineOutcome, SourceParser } from '../../parsers/source/source-parser.ts';
import { createFrameReader, type FrameReader } from '../../parsers/syslog/frame-reader.ts';
import type { InputItem, InputSession, InputStep } from '../input-session.ts';

export interface LineSessionOptions {
  /** `lines` cuts at LF; `auto` also knows octet counting (RFC 6587). */
  readonly framing: 'lines' | 'auto';
  readonly maxLineBytes: number;
  /** Parser of this one source. */
  readonly parser: Pick<SourceParser, 'parse'>;
  /** Site-clock ms. */
  readonly now: () => number;
  /** Whether lines are confirmed with `OK <seq>` without the sender's asking. */
  readonly ack: boolean;
  /** Whether the first lines may be `ACK` and a token. */
  readonly hasPreamble: boolean;
  /** Whether the sender must show a token. */
  readonly needsToken: boolean;
  /** Who a token speaks for; `undefined` when it may not send records. */
  readonly authenticate: (token: string) => { readonly service: string | undefined } | undefined;
}

/**
 * Text lines: JSON, syslog, anything that a parser knows. With a preamble the
 * sender may begin with the line `ACK`, to hear `OK <n>` once the first n lines
 * are durable, and with `{"token":"wk_…"}`, in any order.
 */
export function createLineSession(options: LineSessionOptions): InputSession {
  return new LineSession(options);
}

const TOKEN = /^\s*\{\s*"token"\s*:\s*"([A-Za-z0-9_-]{1,128})"\s*\}\s*$/;

class LineSession implements InputSession {
  readonly #options: LineSessionOptions;
  readonly #reader: FrameReader;
  #isPreamble: boolean;
  #isAcked: boolean;
  #service: string | undefined;
  #lines = 0;
  isAdmitted: boolean;

  constructor(options: LineSessionOptions) {
    this.#options = options;
    const { framing, maxLineBytes: maxBytes, ack, hasPreamble, needsToken } = options;
    this.#reader = createFrameReader({ framing, maxBytes });
    this.#isPreamble = hasPreamble;
    this.#isAcked = ack;
    this.isAdmitted = !needsToken;
  }

  get held(): number {
    return this.#reader.isPartial ? 1 : 0;
  }

  get cut(): number {
    return this.#reader.counters.cut;
  }

  push(bytes: Uint8Array): Iterable<InputStep> {
    return this.#take(this.#reader.push(bytes));
  }

  end(): Iterable<InputStep> {
    return this.#take(this.#reader.end());
  }

  *#take(lines: readonly string[]): Iterable<InputStep> {
    let from = 0;
    while (this.#isPreamble && from < lines.length) {
      const refusal = this.#preamble(lines[from] ?? '');
      if (refusal !== undefined) {
        yield refusal;
        return;
      }
      if (this.#isPreamble) from += 1;
    }
    const rest = from === 0 ? lines : lines.slice(from);
    if (rest.length === 0) return;
    const isAcked = this.#isAcked;
    yield { type: 'records', items: this.#items(rest), isAcked, service: this.#service };
    this.#lines += rest.length;
    if (isAcked) yield { type: 'reply', bytes: Buffer.from(`OK ${this.#lines}\n`) };
  }

  /** Reads a line of the preamble, or ends it with the first line of another kind. */
  #preamble(line: string): InputStep | undefined {
    if (line === 'ACK') {
      this.#isAcked = true;
      return undefined;
    }
    const token = TOKEN.exec(line)?.[1];
    if (token !== undefined) {
      const identity = this.#options.authenticate(token);
      if (identity === undefined) return refusal('This token may not send records.');
      this.#service = identity.service;
      this.isAdmitted = true;
      return undefined;
    }
    this.#isPreamble = false;
    return this.isAdmitted ? undefined : refusal('Expected {"token":"…"} as the first line.');
  }

  *#items(lines: readonly string[]): Iterable<InputItem> {
    const receivedAt = this.#options.now();
    for (const line of lines) {
      yield lineItem(line, this.#options.parser.parse(line, receivedAt));
    }
  }
}

/** The item of one line. */
export function lineItem(line: string, { record, parser }: LineOutcome): LineItem {
  return { line, record, isRaw: parser === undefined, isDropped: record === undefined, raw: rawOf };
}

interface LineItem extends InputItem {
  readonly line: string;
}

/** One for all: a function of its own for each line would cost more than the line. */
function rawOf(this: LineItem): Uint8Array {
  return Buffer.from(this.line);
}

function refusal(message: string): InputStep {
  return {
    type: 'refuse',
    reason: 'unauthenticated',
    bytes: Buffer.from(`${JSON.stringify({ error: message })}\n`),
  };
}
