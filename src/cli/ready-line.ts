import type { RunningInput, RunningSite } from './site-contract.ts';

/** What `--json` prints, in one line, once a site is ready. */
export interface ReadyLine {
  readonly url: string;
  readonly token: string | null;
  readonly nats: string | null;
  readonly site: string;
  /** Left out when there are none. */
  readonly inputs?: readonly RunningInput[];
}

export function readyLine({ url, token, natsUrl, site, inputs = [] }: RunningSite): ReadyLine {
  const more = inputs.length === 0 ? {} : { inputs };
  return { url, token: token ?? null, nats: natsUrl ?? null, site, ...more };
}
