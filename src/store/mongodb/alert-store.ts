import { MongoBulkWriteError, type Filter } from 'mongodb';
import type { Alert } from '../../model/alert.ts';
import { decodeCursor, encodeCursor } from '../query/cursor.ts';
import { pageLimit } from '../query/page-limit.ts';
import type { AlertQuery, AlertStore } from '../store.ts';
import { alertDocument, alertOf } from './alert-document.ts';
import type { Connection, Stored } from './connection.ts';

export const ALERTS = 'alerts';

/** Duplicate key: a document of the same or a higher revision is there. */
const DUPLICATE = 11_000;

/** Alerts as readable documents in `alerts`, `_id` being the alert's id. */
export class MongoAlertStore implements AlertStore {
  readonly #connection: Connection;
  readonly #site: string;

  constructor(connection: Connection, site: string) {
    this.#connection = connection;
    this.#site = site;
  }

  async put(alerts: readonly Alert[]): Promise<void> {
    const operations = newestOf(alerts).map((alert) => ({
      replaceOne: {
        filter: { _id: alert.id, revision: { $lt: alert.revision } },
        replacement: alertDocument(alert),
        upsert: true,
      },
    }));
    if (operations.length === 0) return;
    await this.#connection.run(async () => {
      try {
        await this.#connection.collection(ALERTS).bulkWrite(operations, { ordered: false });
      } catch (error) {
        if (!onlyDuplicates(error)) throw error;
      }
    });
  }

  async get(id: string): Promise<Alert | undefined> {
    const found = await this.#connection.run(() =>
      this.#connection.collection(ALERTS).findOne({ _id: id }),
    );
    return found === null ? undefined : alertOf(found);
  }

  async list(
    query: AlertQuery,
  ): Promise<{ readonly alerts: readonly Alert[]; readonly cursor: string | undefined }> {
    const limit = pageLimit(query.limit);
    const filter = filterOf(this.#site, query);
    const found = await this.#connection.run(() =>
      this.#connection
        .collection(ALERTS)
        .find(filter)
        .sort({ opened_at: -1, _id: 1 })
        .limit(limit + 1)
        .toArray(),
    );
    const alerts = found.slice(0, limit).map(alertOf);
    const last = found.length > limit ? alerts.at(-1) : undefined;
    return { alerts, cursor: last && encodeCursor('alerts', [last.openedAt, last.id]) };
  }
}

/** One of each id: within one unordered write the server may take them in any order. */
function newestOf(alerts: readonly Alert[]): readonly Alert[] {
  const newest = new Map<string, Alert>();
  for (const alert of alerts) {
    if ((newest.get(alert.id)?.revision ?? -1) < alert.revision) newest.set(alert.id, alert);
  }
  return [...newest.values()];
}

function onlyDuplicates(error: unknown): boolean {
  if (!(error instanceof MongoBulkWriteError)) return false;
  const errors = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors];
  return errors.length > 0 && errors.every(({ code }) => code === DUPLICATE);
}

function filterOf(site: string, query: AlertQuery): Filter<Stored> {
  const { states, severities, type, subject, from, to } = query;
  return {
    site,
    ...(states && { state: { $in: states } }),
    ...(severities && { severity: { $in: severities } }),
    ...(type !== undefined && { type }),
    ...(subject !== undefined && { subject }),
    ...((from !== undefined || to !== undefined) && {
      opened_at: {
        ...(from !== undefined && { $gte: new Date(from) }),
        ...(to !== undefined && { $lt: new Date(to) }),
      },
    }),
    ...(query.cursor !== undefined && afterCursor(query.cursor)),
  } as Filter<Stored>;
}

function afterCursor(cursor: string): Filter<Stored> {
  const shape = ['number', 'string'] as const;
  const [openedAt, id] = decodeCursor(cursor, { listing: 'alerts', shape });
  const at = new Date(openedAt);
  return { $or: [{ opened_at: { $lt: at } }, { opened_at: at, _id: { $gt: id } }] };
}
