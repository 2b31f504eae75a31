import type { Engine } from '../actors/engine.ts';
import type { SiteClock } from '../core/site-clock.ts';
import type { InputInfo } from '../gateway/tcp/input-info.ts';
import type { DeviceGateway } from '../gateway/device/gateway.ts';
import type { Overview } from '../model/feed.ts';
import type { Ledger } from '../model/ledger.ts';
import { subjectKind } from '../model/subject.ts';
import type { LatencyWindow } from './latency.ts';

export interface OverviewSources {
  readonly clock: SiteClock;
  readonly engine: Engine;
  readonly devices: DeviceGateway;
  readonly latency: LatencyWindow;
  /** The inputs that run. */
  readonly inputs?: () => readonly InputInfo[];
}

/**
 * Balances the books: what the gateway refused is counted there since the
 * start of the process, what it took is a fold of the journal.
 */
export function ledgerOf({
  engine,
  devices,
  inputs = () => [],
}: Pick<OverviewSources, 'engine' | 'devices' | 'inputs'>): Ledger {
  const { ledger } = engine.state;
  const { duplicates } = devices.totals;
  const lost = inputs().reduce((sum, { dropped }) => sum + dropped, 0);
  const rejected =
    lost === 0 ? devices.totals.rejected : { ...devices.totals.rejected, datagrams_dropped: lost };
  const refused = Object.values(rejected).reduce((sum, count) => sum + count, 0);
  const { accepted } = ledger;
  return {
    received: accepted + duplicates + refused,
    accepted,
    stored: ledger.stored,
    storedRecords: ledger.storedRecords,
    shed: { ...ledger.shed },
    quarantined: ledger.quarantined,
    duplicates,
    rejected,
    pending: ledger.pending,
    droppedAtSource: ledger.droppedAtSource,
    lateRecords: ledger.lateRecords,
    clampedRecords: ledger.clampedRecords,
  };
}

/** Builds the overview's numbers; rates come from the difference to the call before. */
export function overviewReader(sources: OverviewSources): () => Overview {
  const { clock, engine } = sources;
  let last = { at: clock.monotonic(), records: engine.state.ledger.records, rate: 0 };
  return () => {
    const at = clock.monotonic();
    const seconds = (at - last.at) / 1000;
    // Several dashboards ask within the same second: the rate is taken once.
    if (seconds >= 0.5) {
      last = {
        at,
        records: engine.state.ledger.records,
        rate: (engine.state.ledger.records - last.records) / seconds,
      };
    }
    return {
      now: clock.now(),
      rate: clock.rate,
      recordsPerSecond: Math.max(0, last.rate),
      watchesOnline: sources.devices.online,
      subjects: countKinds(engine),
      lastRecordAt: engine.lastRecordAt,
      detectionP99: sources.latency.quantile(0.99),
      ledger: ledgerOf(sources),
    };
  };
}

function countKinds(engine: Engine): Overview['subjects'] {
  const counts = { device: 0, service: 0, user: 0 };
  for (const [id] of engine.directory.slots()) counts[subjectKind(id)] += 1;
  return counts;
}
