import type { LiveModel, LiveModels, ModelSlot } from '../../actors/ports.ts';
import { expanded } from '../../ml/compress/compress.ts';
import type { Artefact } from '../../ml/registry/artefact.ts';
import { modelKind } from '../../ml/registry/model-kinds.ts';
import type { ModelRegistry } from '../../ml/registry/model-registry.ts';
import { liveModel } from '../../ml/registry/stages.ts';
import type { Detector } from '../../streams/detector.ts';
import { headOf } from '../models/load-model.ts';
import { restoreScoring } from '../models/scoring.ts';

/**
 * A model for a backtest: it scores where it is called, however long that takes,
 * explains every row that is unusual, and is given rows one by one where the
 * rows of a batch would count for each other, so that no batch shows in the result.
 * @throws MODEL_INVALID
 */
export function pastModel(artefact: Artefact): LiveModel {
  const scoring = restoreScoring(artefact, Infinity);
  const known = modelKind(expanded(artefact.model).kind);
  const isOrdered = known.takes === 'rows' && known.isOrdered;
  return {
    ...headOf(artefact, scoring.takes),
    score: (inputs) =>
      isOrdered ? inputs.flatMap((input) => scoring.score([input])) : scoring.score(inputs),
  };
}

/** These models, by the names that detectors ask for. */
export function fixedModels(slots: ReadonlyMap<string, ModelSlot>): LiveModels {
  return { get: (name) => slots.get(name), onChange: () => () => undefined };
}

/** What a site would ask now by these names, canaries too. @throws MODEL_INVALID when one cannot be used */
export async function servedSlots(
  registry: ModelRegistry,
  names: readonly string[],
): Promise<Map<string, ModelSlot>> {
  const slots = new Map<string, ModelSlot>();
  for (const stages of await registry.list()) {
    if (!names.includes(stages.name)) continue;
    const live = liveModel(stages);
    const canary = stages.models.find(({ stage }) => stage === 'canary');
    if (live === undefined && canary === undefined) continue;
    slots.set(stages.name, {
      live: live && pastModel(await registry.get(live.id)),
      ...(canary && {
        canary: { model: pastModel(await registry.get(canary.id)), share: canary.share },
      }),
      shadows: [],
    });
  }
  return slots;
}

/** Names of the models that these detectors ask. */
export function modelsAsked(detectors: readonly Detector[]): readonly string[] {
  const names = detectors.flatMap(({ answer, options }) => {
    const model = (options as { readonly model?: unknown } | undefined)?.model;
    return answer !== undefined && typeof model === 'string' ? [model] : [];
  });
  return [...new Set(names)].sort();
}
