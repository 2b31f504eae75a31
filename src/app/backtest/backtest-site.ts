import { Engine } from '../../actors/engine.ts';
import type { LiveModels } from '../../actors/ports.ts';
import { noBreadcrumbs } from '../../actors/watchdog.ts';
import type { Change } from '../../alerts/alert-book.ts';
import { messageOf, WatchkeeperError } from '../../core/errors.ts';
import { silentLogger } from '../../core/logger.ts';
import { noMetrics } from '../../core/metrics.ts';
import { SiteClock } from '../../core/site-clock.ts';
import { noTracer } from '../../core/trace.ts';
import type { DeadLetter } from '../../store/store.ts';
import { compileDetectors } from '../../streams/detector-set.ts';
import { createTemplateMiners } from '../../wire/templates/template-miners.ts';
import { frameReader } from '../frame-reader.ts';
import type { PastRecords } from './past-records.ts';
import { scratchStore } from './scratch-store.ts';
import type { VirtualClock } from './virtual-clock.ts';
import type { VirtualJournal } from './virtual-journal.ts';

export interface BacktestSiteOptions {
  /** Name of the site: part of the alerts' ids. */
  readonly site: string;
  /** Text of the detectors' configuration, and its file's name for messages. */
  readonly rules: string;
  readonly rulesFile: string;
  readonly models: LiveModels;
  /** Rows that a model is asked for at one time. */
  readonly batchRows: number;
  readonly clock: VirtualClock;
  readonly journal: VirtualJournal;
  readonly records: PastRecords;
  readonly changed: (change: Change) => void;
  readonly buried: (letter: DeadLetter) => void;
}

/**
 * The engine as a site runs it, with everything around it made of nothing: no
 * disk, no network, no time of its own. Only what folds is real.
 */
export function backtestEngine(options: BacktestSiteOptions): Engine {
  const { site, journal, records, models, rulesFile } = options;
  const nothing = (): undefined => undefined;
  return new Engine({
    ...{ site, journal, models },
    ...{ opener: records.opener, decoder: records.decoder },
    ...{ logger: silentLogger, metrics: noMetrics, tracer: noTracer },
    clock: new SiteClock(options.clock),
    random: () => 0.5,
    store: scratchStore(options.buried),
    frames: frameReader,
    miners: createTemplateMiners(),
    scorerLimits: { rows: options.batchRows, waitMs: 0, queue: Infinity, answerMs: Infinity },
    isTicked: true,
    channels: [],
    companions: [],
    breadcrumbs: noBreadcrumbs,
    hangs: [],
    timing: { snapshotEveryMs: Number.MAX_VALUE, passivateAfterMs: Infinity },
    compile: (content) => compileDetectors(content, rulesFile),
    hooks: {
      ...{ folded: nothing, note: nothing, actorEvent: nothing, seen: nothing },
      alertChanged: options.changed,
      isWatched: () => false,
      fatal: (path, error) => {
        throw new WatchkeeperError('INTERNAL', `An actor failed beyond mending: ${path}.`, {
          cause: messageOf(error),
        });
      },
    },
  });
}
