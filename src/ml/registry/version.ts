import { WatchkeeperError } from '../../core/errors.ts';
import type { ModelStage, ModelStages, StagedModel } from '../../model/models.ts';

/** The version whose id begins so. @throws NOT_FOUND when there is none, CONFLICT when there are several */
export function versionOf({ name, models }: ModelStages, prefix: string): StagedModel {
  const found = models.filter(({ id }) => id.startsWith(prefix.toLowerCase()));
  const [first] = found;
  if (first === undefined || prefix === '') {
    throw new WatchkeeperError('NOT_FOUND', `"${name}" has no version ${prefix.slice(0, 64)}.`, {
      fix: `List them with: watchkeeper models show ${name}`,
    });
  }
  if (found.length === 1) return first;
  throw new WatchkeeperError('CONFLICT', `${found.length} versions begin with ${prefix}.`, {
    fix: 'Write more of the id.',
  });
}

/** What people most likely want to promote: the canary, else the newest shadow. @throws CONFLICT when there is neither */
export function nextToPromote({ name, models }: ModelStages): StagedModel {
  const canary = models.find(({ stage }) => stage === 'canary');
  const next = canary ?? models.findLast(({ stage }) => stage === 'shadow');
  if (next !== undefined) return next;
  throw new WatchkeeperError('CONFLICT', `"${name}" has no shadow and no canary to promote.`, {
    fix: 'Name a version, or train one with: watchkeeper models train',
  });
}

/** The stage that follows. */
export const NEXT_STAGE: Readonly<Record<ModelStage, ModelStage>> = {
  shadow: 'canary',
  canary: 'live',
  live: 'live',
  retired: 'shadow',
};
