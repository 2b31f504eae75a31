import { ENTRY, type Command, type NewEntry, type Outcome } from '../model/journal-entry.ts';
import { subjectId } from '../model/subject.ts';
import type { Alerter } from './alerter.ts';
import type { Archivist } from './archivist.ts';
import type { Directory } from './directory.ts';
import { commandEntry, readCommand, readOutcome, readScores } from './entry-codec.ts';
import { answersBySubject } from './scorer/answers.ts';
import type { SiteState } from './site-state.ts';
import type { Work } from './work.ts';

export interface SiteEntriesOptions {
  readonly state: SiteState;
  readonly directory: Directory;
  readonly alerter: Alerter;
  readonly archivist: Archivist;
  readonly work: Work;
  /** Site time, ms. */
  readonly now: () => number;
  /** @throws JOURNAL_FULL */
  readonly append: (entry: NewEntry) => void;
}

/**
 * Applies the entries that belong to the site and not to one subject:
 * commands, outcomes, and the answers of models.
 */
export class SiteEntries {
  readonly #options: SiteEntriesOptions;
  /** Commands whose senders wait for them to be applied. */
  readonly #waiting = new Map<string, (result: unknown) => void>();

  constructor(options: SiteEntriesOptions) {
    this.#options = options;
  }

  /** Commands that were journalled and not applied yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Journals a command and resolves when it is durable and applied. @throws what applying it throws, and JOURNAL_FULL */
  async command(command: Command): Promise<unknown> {
    const applied = new Promise<unknown>((resolve) => {
      this.#waiting.set(command.id, resolve);
    });
    try {
      this.#options.append(commandEntry(command, this.#options.now()));
    } catch (error) {
      this.#waiting.delete(command.id);
      throw error;
    }
    const result = await applied;
    if (result instanceof Error) throw result;
    return result;
  }

  async apply(entry: NewEntry, lsn: number): Promise<void> {
    if (entry.kind === ENTRY.scores) return this.#answer(entry, lsn);
    if (entry.kind === ENTRY.outcome) {
      this.#note(readOutcome(entry.body));
      return;
    }
    const command = readCommand(entry.body);
    const result = await this.#run(command, entry.observedAt).catch(asError);
    this.#waiting.get(command.id)?.(result);
    this.#waiting.delete(command.id);
  }

  /** Takes answers to the subjects that wait for some. */
  async #answer({ body, observedAt: at }: NewEntry, lsn: number): Promise<void> {
    const { state, directory, work } = this.#options;
    const scores = readScores(body);
    for (const [subject, answers] of answersBySubject(scores.rows)) {
      if (!state.asking.has(subject)) continue;
      work.begin();
      directory.tell(subject, { type: 'scores', lsn, at, model: scores.model, answers });
    }
    await this.#idle();
  }

  #note(outcome: Outcome): void {
    const { outbox, ledger } = this.#options.state;
    if (outcome.type === 'delivered') {
      outbox.delivered(outcome.channel, `${outcome.alert}.${outcome.revision}`);
    }
    if (outcome.type === 'shed') {
      ledger.accepted += 1;
      ledger.shed[outcome.frameClass] += 1;
    }
  }

  /** Applies a command; what it gives is the answer to who sent it. */
  async #run(command: Command, at: number): Promise<unknown> {
    const { state } = this.#options;
    switch (command.type) {
      case 'alert.acknowledge':
      case 'alert.resolve':
      case 'alert.label':
        return this.#changeAlert(command, at);
      case 'device.enroll':
      case 'device.revoke':
        state.registry.apply(command, at);
        return undefined;
      case 'config.set':
        if (command.file === 'log_schema') state.configureSchema(command.content);
        else await this.#configure(command.content, at);
        return undefined;
      case 'clock.set': {
        const { wallOrigin, origin, rate } = command;
        state.clockMapping = { wallOrigin, origin, rate };
        return undefined;
      }
    }
  }

  #changeAlert(command: AlertCommand, at: number): unknown {
    const { state, alerter, archivist } = this.#options;
    const change = state.book.command(command, at);
    if (change !== undefined) alerter.announce(change);
    const alert = change?.alert ?? state.book.get(command.alert);
    // One that is resolved is in the store alone.
    if (alert === undefined && command.type === 'alert.label') archivist.label(command, at);
    return alert;
  }

  /** Puts a configuration in force, and expects its services from now on. */
  async #configure(content: string, at: number): Promise<void> {
    const { state, directory, work } = this.#options;
    state.configure(content);
    const { blindMs } = state.time;
    for (const name of state.detectors.expectedServices) {
      work.begin();
      directory.tell(subjectId('service', name), { type: 'expect', now: at, blindMs });
    }
    await this.#idle();
  }

  #idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#options.work.whenIdle(resolve);
    });
  }
}

type AlertCommand = Extract<
  Command,
  { type: 'alert.acknowledge' | 'alert.resolve' | 'alert.label' }
>;

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
