import type { RunningSite } from './site-contract.ts';

/** What `--json` prints, in one line, once a site is ready. */
export interface ReadyLine {
  readonly url: string;
  readonly token: string | null;
  readonly nats: string | null;
  readonly site: string;
}

export function readyLine({ url, token, natsUrl, site }: RunningSite): ReadyLine {
  return { url, token: token ?? null, nats: natsUrl ?? null, site };
}
