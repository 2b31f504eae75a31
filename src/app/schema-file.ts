import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Engine } from '../actors/engine.ts';
import type { Clock } from '../core/clock.ts';
import { isWatchkeeperError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Metrics } from '../core/metrics.ts';
import type { HealthPart } from '../gateway/site-api.ts';
import { loadLogSchema } from '../wire/records/schema.ts';
import { readConfigFile } from './config-file.ts';
import type { GatewayParts } from './parts.ts';

const POLL_MS = 1_000;

export interface SchemaFileOptions {
  readonly configFolder: string;
  readonly engine: Pick<Engine, 'command' | 'state'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** @default 1 s */
  readonly pollMs?: number | undefined;
}

/**
 * Puts `log_schema.yaml` in force when it changes: as a command in the
 * journal, so that a replay reads each record under the schema of its time. A
 * file that is wrong changes nothing; it is logged, counted, and told by the
 * site's health until it is right again.
 */
export class SchemaFile {
  readonly #options: SchemaFileOptions;
  readonly #file: string;
  /** What the last look found: a change counts once two looks agree, when nobody is writing any more. */
  #found: string | undefined;
  #judged: string | undefined;
  #problem: string | undefined;
  #isBusy = false;

  constructor(options: SchemaFileOptions) {
    this.#options = options;
    this.#file = join(options.configFolder, 'log_schema.yaml');
  }

  /** At the start: the file counts as it is. @throws CONFIG_INVALID | CONFIG_MISSING | JOURNAL_FULL */
  async load(): Promise<void> {
    const text = await readConfigFile(this.#file);
    loadLogSchema(text, this.#file);
    await this.#apply(text);
    this.#found = text;
    this.#judged = text;
  }

  /** Looks at the file from now on; returns how to stop. */
  watch(): () => void {
    const { clock, pollMs = POLL_MS } = this.#options;
    return clock.every(pollMs, () => {
      if (this.#isBusy) return;
      this.#isBusy = true;
      void this.#look().finally(() => {
        this.#isBusy = false;
      });
    });
  }

  /** Why the file is not what is in force; `undefined` when it is. */
  get problem(): string | undefined {
    return this.#problem;
  }

  async #look(): Promise<void> {
    try {
      const text = await readConfigFile(this.#file);
      const isSettled = text === this.#found;
      this.#found = text;
      if (!isSettled || text === this.#judged) return;
      loadLogSchema(text, this.#file);
      await this.#apply(text);
      this.#judged = text;
      if (this.#problem !== undefined) this.#options.logger.info('The log schema is right again.');
      this.#problem = undefined;
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    // Anything but a wrong file, a full journal say, is tried again.
    if (isWatchkeeperError(error, 'CONFIG_INVALID')) this.#judged = this.#found;
    const reason = messageOf(error);
    if (reason === this.#problem) return;
    this.#problem = reason;
    this.#count('refused');
    this.#options.logger.error(
      'The log schema that was changed is not in force; the one before is.',
      {
        reason,
      },
    );
  }

  async #apply(content: string): Promise<void> {
    const { engine, logger, clock } = this.#options;
    if (content === engine.state.schemaContent) return;
    const isFirst = engine.state.schemaContent === undefined;
    const hash = createHash('sha256').update(content).digest('hex');
    // A schema may come back: the id names the change.
    const id = `schema-${clock.now()}-${hash}`;
    await engine.command({ id, type: 'config.set', file: 'log_schema', hash, content });
    if (isFirst) return;
    this.#count('applied');
    logger.info('Another log schema is in force.', { hash });
  }

  #count(outcome: 'applied' | 'refused'): void {
    this.#options.metrics
      .counter(
        'watchkeeper_schema_changes_total',
        'Changes of log_schema.yaml while the site ran.',
        {
          outcome,
        },
      )
      .inc();
  }
}

/** Puts the file in force and looks at it until the site stops. @throws CONFIG_INVALID | CONFIG_MISSING */
export async function openSchemaFile(
  { options, clock, metrics, tuning, stops }: GatewayParts,
  engine: Engine,
): Promise<SchemaFile> {
  const { configFolder, logger } = options;
  const { configPollMs: pollMs } = tuning;
  const file = new SchemaFile({ configFolder, engine, clock, logger, metrics, pollMs });
  await file.load();
  stops.push(file.watch());
  return file;
}

/** Health of the configuration. */
export function schemaPart({ problem }: Pick<SchemaFile, 'problem'>): HealthPart {
  return problem === undefined
    ? { name: 'log schema', state: 'ok', evidence: 'log_schema.yaml is in force', fix: '' }
    : {
        name: 'log schema',
        state: 'degraded',
        evidence: `${problem}; the one before is in force`,
        fix: 'Correct log_schema.yaml; "watchkeeper config check" names the place.',
      };
}
