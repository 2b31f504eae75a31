import type { Engine } from '../actors/engine.ts';
import { explainSubject } from '../actors/explain-subject.ts';
import type { Clock } from '../core/clock.ts';
import type { SiteApi } from '../gateway/site-api.ts';

/** Explains subjects from their committed state, sleeping ones from their snapshot. */
export function explainer(
  engine: Pick<Engine, 'subject' | 'detectors' | 'verdicts' | 'state'>,
  clock: Pick<Clock, 'now'>,
): SiteApi['explain'] {
  return async (id, only) => {
    const state = await engine.subject(id);
    if (state === undefined) return undefined;
    const { detectors, verdicts } = engine;
    const { blindMs } = engine.state.time;
    return explainSubject(state, { detectors, verdicts, now: clock.now(), blindMs, only });
  };
}
