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

  async next(): Promise<readonly Alert[]> {
    const page = await this.#client.get<{ readonly alerts: readonly Alert[] }>('/v1/alerts', {
      limit: 200,
    });
    const news = page.alerts.filter(
      ({ id, revision }) => (this.#revisions.get(id) ?? 0) < revision,
    );
    for (const { id, revision } of news) this.#revisions.set(id, revision);
    return news.reverse();
  }
}
