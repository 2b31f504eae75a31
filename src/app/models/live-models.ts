import type { LiveModel, LiveModels } from '../../actors/ports.ts';
import { messageOf } from '../../core/errors.ts';
import { inTime } from '../../actors/in-time.ts';
import { ServedModels } from '../../ml/registry/served-models.ts';
import { liveModel } from '../../ml/registry/stages.ts';
import type { Parts } from '../parts.ts';
import { loadModel } from './load-model.ts';
import { Turns } from './turns.ts';

/** How long a start waits for the models that are live, in real ms; they serve later then. */
const READY_MS = 2000;

/** Follows the registry: promotions and rollbacks take effect with the next batch. */
export async function openLiveModels({
  models: registry,
  clock,
  options,
  stops,
}: Pick<Parts, 'models' | 'clock' | 'options' | 'stops'>): Promise<LiveModels> {
  const { logger } = options;
  const turns = new Turns(clock);
  const served = new ServedModels<LiveModel>({
    registry,
    load: (artefact) => loadModel(artefact, clock, turns),
    onProblem: (model, problem) => {
      logger.warn('A model cannot be used; what served before goes on.', {
        model,
        error: messageOf(problem),
      });
    },
  });
  stops.push(() => {
    served.stop();
  });
  const names = await registry.list().then(
    (all) => all.filter((stages) => liveModel(stages) !== undefined).map(({ name }) => name),
    () => [],
  );
  await inTime(clock, READY_MS, () => whenServed(served, names)).catch(() => {
    logger.warn('Some live models are not loaded yet.', { models: names.length });
  });
  return served;
}

function whenServed(served: LiveModels, names: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!names.every((name) => served.get(name) !== undefined)) return;
      cancel();
      resolve();
    };
    const cancel = served.onChange(look);
    look();
  });
}
