import { WatchkeeperError } from '../../core/errors.ts';
import type { Sequences } from '../../ml/sequences/sequence-model.ts';
import { eventOf } from '../../streams/detectors/event-id.ts';
import { createTemplateMiners } from '../../wire/templates/template-miners.ts';
import { labelOf } from './labelled-rows.ts';
import type { NamedValues } from './named-values.ts';

export interface SessionOptions {
  /** Whose value tells sessions apart, for example `request_id`. */
  readonly session: string;
  /** Whose value is the event; the template of the message when left out. */
  readonly event?: string;
  readonly label?: string;
}

export interface LabelledSessions {
  readonly sessions: Sequences;
  /** 1 for a session with a labelled event in it; empty without labels. */
  readonly labels: Uint8Array;
  /** Records without a session or an event. */
  readonly skipped: number;
}

interface OpenSession {
  readonly events: number[];
  label: number;
}

/** Events and sessions that are held at most. */
const MAX_EVENTS = 20_000_000;
const MAX_SESSIONS = 1_000_000;

/** Gathers the events of each session, in the order in which they come. */
export class SessionCollector {
  readonly #options: SessionOptions;
  readonly #sessions = new Map<string, OpenSession>();
  readonly #miners = createTemplateMiners();
  readonly #byService = new Map<
    string,
    ReturnType<ReturnType<typeof createTemplateMiners>['open']>
  >();
  #events = 0;
  #skipped = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** @throws TOO_LARGE */
  add(values: NamedValues): void {
    const { label } = this.#options;
    const key = textOf(
      values[this.#options.session] ?? values[`attributes.${this.#options.session}`],
    );
    const event = this.#eventOf(values);
    if (key === undefined || event === undefined) {
      this.#skipped += 1;
      return;
    }
    const session = this.#open(key);
    session.events.push(event);
    if (label !== undefined && labelOf(values[label]) === 1) session.label = 1;
    this.#events += 1;
    if (this.#events > MAX_EVENTS) throw tooMany('events');
  }

  /** @throws MODEL_INPUT when there is none */
  finish(): LabelledSessions {
    const sessions = [...this.#sessions.values()];
    if (sessions.length === 0) throw noSessions(this.#options.session, this.#skipped);
    return {
      sessions: sessions.map(({ events }) => Uint32Array.from(events)),
      labels:
        this.#options.label === undefined
          ? new Uint8Array()
          : Uint8Array.from(sessions, ({ label }) => label),
      skipped: this.#skipped,
    };
  }

  #open(key: string): OpenSession {
    const known = this.#sessions.get(key);
    if (known !== undefined) return known;
    if (this.#sessions.size >= MAX_SESSIONS) throw tooMany('sessions');
    const session = { events: [], label: 0 };
    this.#sessions.set(key, session);
    return session;
  }

  #eventOf(values: NamedValues): number | undefined {
    const { event } = this.#options;
    if (event !== undefined) {
      const value = values[event];
      const number = Number(value);
      if (value !== '' && Number.isInteger(number) && number >= 0 && number < 2 ** 32)
        return number;
      const text = textOf(value);
      return text === undefined ? undefined : eventOf(text);
    }
    const id = textOf(values['template_id']) ?? this.#mine(values);
    return id === undefined ? undefined : eventOf(id);
  }

  /** As the site does: each service has templates of its own. */
  #mine({ message, service }: NamedValues): string | undefined {
    if (typeof message !== 'string' || message === '') return undefined;
    const name = String(service);
    let miner = this.#byService.get(name);
    if (miner === undefined) {
      miner = this.#miners.open('service', undefined);
      this.#byService.set(name, miner);
    }
    return miner.learn(message).id;
  }
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function tooMany(what: string): WatchkeeperError {
  return new WatchkeeperError('TOO_LARGE', `There are too many ${what} to hold.`, {
    fix: 'Give a part of the records.',
  });
}

function noSessions(key: string, skipped: number): WatchkeeperError {
  return new WatchkeeperError(
    'MODEL_INPUT',
    `There is no session: ${skipped} records have no "${key}" or no message.`,
    { fix: 'Name what tells sessions apart with --session.' },
  );
}
