import type { Alert } from '../../model/alert.ts';
import type { SiteClient } from '../http/site-client.ts';

/** Alerts that are new or changed since the last look, oldest first. */
export class AlertPoll {
  readonly #client: SiteClient;
  readonly #revisions = new Map<string, number>();

  constructor(client: SiteClient) {
    this.#client = client;
  }

  /** How many alerts were seen so far. */
  get seen(): number {
    return this.#revisions.size;
  }

  async next(): Promise<readonly { readonly alert: Alert; readonly isNew: boolean }[]> {
    const { alerts } = await this.#client.get<{ readonly alerts: readonly Alert[] }>('/v1/alerts', {
      limit: 200,
    });
    const news = alerts
      .filter((alert) => (this.#revisions.get(alert.id) ?? 0) < alert.revision)
      .map((alert) => ({ alert, isNew: !this.#revisions.has(alert.id) }));
    for (const { alert } of news) this.#revisions.set(alert.id, alert.revision);
    return news.reverse();
  }
}
