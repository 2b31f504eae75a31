import type { LiveModels } from '../../actors/ports.ts';
import type { Cancel } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { thresholdFor } from '../../ml/calibration/threshold.ts';
import type { Detector } from '../../streams/detector.ts';

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * Warns, once per detector and version, where a live model's surprise cannot
 * reach what a detector asks of it: that detector would never alarm. Looks at
 * once and after each change of a model.
 */
export function warnOfReach(
  models: LiveModels,
  detectors: () => readonly Detector[],
  logger: Logger,
): Cancel {
  const told = new Set<string>();
  const look = (changed?: string): void => {
    for (const { id, type, options } of detectors()) {
      const asked = askedOf(type, options);
      if (asked === undefined || (changed !== undefined && asked.model !== changed)) continue;
      const live = models.get(asked.model)?.live;
      const key = `${id} ${live?.id} ${asked.surprise}`;
      if (live?.reach === undefined || live.reach >= asked.surprise || told.has(key)) continue;
      told.add(key);
      logger.warn(
        'A detector will never alarm: it asks its model for more surprise than that can reach. Train the model on more data, or raise alarms_per_week.',
        { detector: id, model: asked.model, reach: live.reach, asked: asked.surprise },
      );
    }
  };
  const cancel = models.onChange(look);
  look();
  return cancel;
}

/** Which model a detector asks, and from which surprise on it alarms. */
export function askedOf(
  type: string,
  options: unknown,
): { readonly model: string; readonly surprise: number } | undefined {
  if (typeof options !== 'object' || options === null) return undefined;
  const { model, alarmsPerWeek, window, sessionsPerWeek } = options as Readonly<
    Record<string, unknown>
  >;
  const scoresPerWeek =
    type === 'model_score' && typeof window === 'number' ? WEEK_MS / window : sessionsPerWeek;
  if (typeof model !== 'string' || typeof alarmsPerWeek !== 'number') return undefined;
  if (typeof scoresPerWeek !== 'number') return undefined;
  return { model, surprise: thresholdFor({ falseAlarmsPerWeek: alarmsPerWeek, scoresPerWeek }) };
}
