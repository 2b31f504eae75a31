import { createHash } from 'node:crypto';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { WatchkeeperError, isWatchkeeperError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { toToken } from '../model/subject.ts';
import type { AckOutcome, BusAck } from './alert-bus.ts';

export type AckListener = (ack: BusAck) => Promise<AckOutcome | void>;

/** Bounds of what comes in from outside. */
export const ACK_LIMITS = Object.freeze({
  payloadBytes: 4096,
  by: 64,
  note: 1000,
  messageId: 256,
  /** Acknowledgements under way at a time. */
  inFlight: 64,
});

/**
 * Takes acknowledgements from `acks.v1.<site>.<alert>`, checks them and
 * answers who asked: `{"ok":true,"state":"acknowledged"}` once it is durable,
 * else `{"ok":false,"error":…,"fix":…}`. The same message gives the same
 * command id, so sending it again changes nothing.
 */
export class AckDesk {
  readonly #site: string;
  readonly #logger: Logger;
  #listener: AckListener | undefined;
  #inFlight = 0;
  #accepted = 0;
  #refused = 0;

  constructor(site: string, logger: Logger) {
    this.#site = site;
    this.#logger = logger;
  }

  get counts(): { readonly accepted: number; readonly refused: number } {
    return { accepted: this.#accepted, refused: this.#refused };
  }

  listen(listener: AckListener): void {
    this.#listener = listener;
  }

  attach(connection: NatsConnection): void {
    connection.subscribe(`acks.v1.${toToken(this.#site)}.>`, {
      callback: (error, message) => {
        if (error === null) void this.#take(message);
      },
    });
  }

  async #take(message: Msg): Promise<void> {
    try {
      const outcome = await this.#hand(readAck(message, this.#site));
      this.#accepted += 1;
      reply(message, { ok: true, state: outcome?.state ?? 'acknowledged' });
    } catch (error) {
      this.#refused += 1;
      const known = isWatchkeeperError(error)
        ? error
        : new WatchkeeperError('INTERNAL', 'The acknowledgement could not be handled.');
      this.#logger.warn('Refused an acknowledgement from NATS.', { code: known.code });
      reply(message, {
        ok: false,
        error: known.message,
        code: known.code,
        fix: known.fix ?? 'See docs/nats.md.',
      });
    }
  }

  async #hand(ack: BusAck): Promise<AckOutcome | void> {
    if (this.#listener === undefined || this.#inFlight >= ACK_LIMITS.inFlight) {
      throw new WatchkeeperError('OVERLOADED', 'The site cannot take acknowledgements right now.', {
        fix: 'Send the same message again in a few seconds.',
      });
    }
    this.#inFlight += 1;
    try {
      return await this.#listener(ack);
    } finally {
      this.#inFlight -= 1;
    }
  }
}

const FIX =
  'Publish to acks.v1.<site>.<alert id> an empty message, or JSON {"by": "who", "note": "why"}.';

/** Reads an acknowledgement. @throws BAD_REQUEST, TOO_LARGE; messages hold nothing of the payload. */
export function readAck(message: Pick<Msg, 'subject' | 'data' | 'headers'>, site: string): BusAck {
  const { subject, data } = message;
  if (data.length > ACK_LIMITS.payloadBytes) {
    throw new WatchkeeperError(
      'TOO_LARGE',
      `An acknowledgement may have ${ACK_LIMITS.payloadBytes} bytes, this one has ${data.length}.`,
      { fix: FIX },
    );
  }
  const alert = subject.slice(`acks.v1.${toToken(site)}.`.length);
  if (!/^[0-9a-f]{32}$/.test(alert)) throw refused('The subject does not end in an alert id.');
  const { by, note } = readBody(data);
  return { alert, by, note, commandId: commandIdOf(message) };
}

function readBody(data: Uint8Array): { readonly by: string; readonly note: string } {
  const body = data.length === 0 ? {} : parse(data);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw refused('The body is not a JSON object.');
  }
  const unknown = Object.keys(body).find((key) => key !== 'by' && key !== 'note');
  if (unknown !== undefined) throw refused('The body has a field other than "by" and "note".');
  const { by = 'nats', note = '' } = body as { readonly by?: unknown; readonly note?: unknown };
  return {
    by: line(by, { name: 'by', least: 1, most: ACK_LIMITS.by }),
    note: line(note, { name: 'note', least: 0, most: ACK_LIMITS.note }),
  };
}

function parse(data: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(data)) as unknown;
  } catch {
    throw refused('The body is not JSON.');
  }
}

function line(
  value: unknown,
  { name, least, most }: { readonly name: string; readonly least: number; readonly most: number },
): string {
  const isLine = typeof value === 'string' && !/\p{Cc}/u.test(value);
  const text = isLine ? value.trim() : '';
  if (!isLine || text.length < least || text.length > most) {
    throw refused(`"${name}" is not one line of ${least} to ${most} characters.`);
  }
  return text;
}

/** A function of the sender's message id, or of what was said, so that a repeated message is one command. */
function commandIdOf({
  subject,
  data,
  headers,
}: Pick<Msg, 'subject' | 'data' | 'headers'>): string {
  const id = headers?.get('Nats-Msg-Id') ?? '';
  if (id.length > ACK_LIMITS.messageId) throw refused('The Nats-Msg-Id is too long.');
  const hash = createHash('sha256').update(`${subject}\n`);
  if (id === '') hash.update('body\n').update(data);
  else hash.update('id\n').update(id);
  return `nats.${hash.digest('hex').slice(0, 32)}`;
}

function refused(message: string): WatchkeeperError {
  return new WatchkeeperError('BAD_REQUEST', message, { fix: FIX });
}

function reply(message: Msg, answer: Readonly<Record<string, unknown>>): void {
  if (message.reply === undefined || message.reply === '') return;
  try {
    message.respond(JSON.stringify(answer));
  } catch {
    // The connection went away; who asked sends it again.
  }
}
