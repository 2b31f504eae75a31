import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LiveModels, ModelSlot } from '../../actors/ports.ts';
import {
  fixedModels,
  modelsAsked,
  pastModel,
  servedSlots,
} from '../../app/backtest/past-models.ts';
import { WatchkeeperError } from '../../core/errors.ts';
import { decodeArtefact } from '../../ml/registry/artefact.ts';
import type { ModelRegistry } from '../../ml/registry/model-registry.ts';
import { MODEL_KEY_FILE } from '../../security/model-signer.ts';
import type { Detector } from '../../streams/detector.ts';
import type { CliContext } from '../context.ts';
import { dataFolderOf, withRegistry, type ModelOptions } from '../models/open-registry.ts';
import { artefactBytes } from '../models/version.ts';

export interface AskedModels {
  readonly models: LiveModels;
  /** Names that detectors ask and nothing answers to: their rules decide. */
  readonly missing: readonly string[];
}

/**
 * The models that these detectors ask: those in force, with those that
 * `references` name (`<name>[@<version>]`, or `<asked name>=<name>[@<version>]`)
 * in their place.
 * @throws USAGE for one that no detector asks, NOT_FOUND, MODEL_INVALID
 */
export async function openAskedModels(
  context: CliContext,
  options: ModelOptions & { readonly model?: readonly string[] },
  detectors: readonly Detector[],
): Promise<AskedModels> {
  const asked = modelsAsked(detectors);
  const references = options.model ?? [];
  const slots = new Map<string, ModelSlot>();
  const isWanted = asked.length > 0 && hasRegistry(context, options);
  if (isWanted || references.length > 0) {
    await withRegistry(context, options, async (registry) => {
      for (const [name, slot] of await servedSlots(registry, asked)) slots.set(name, slot);
      for (const reference of references) {
        const { name, live } = await chosen(registry, reference);
        if (!asked.includes(name)) throw notAsked(name, asked);
        slots.set(name, { live, shadows: [] });
      }
    });
  }
  return { models: fixedModels(slots), missing: asked.filter((name) => !slots.has(name)) };
}

/** Opening a registry makes one; whoever only reads leaves a folder without one as it is. */
function hasRegistry(context: CliContext, { data, nats }: ModelOptions): boolean {
  const isInNats = nats !== undefined || context.env['WATCHKEEPER_MODELS'] === 'nats';
  return isInNats || existsSync(join(dataFolderOf(context, data), MODEL_KEY_FILE));
}

async function chosen(
  registry: ModelRegistry,
  reference: string,
): Promise<{ readonly name: string; readonly live: NonNullable<ModelSlot['live']> }> {
  const [first = '', second] = reference.split('=');
  const { bytes } = await artefactBytes(registry, second ?? first);
  return { name: first.split('@')[0] ?? first, live: pastModel(decodeArtefact(bytes)) };
}

function notAsked(name: string, asked: readonly string[]): WatchkeeperError {
  return new WatchkeeperError('USAGE', `No detector of these rules asks a model "${name}".`, {
    fix:
      asked.length === 0
        ? 'Switch on one of the type model_score or session_anomaly, in a file given with --rules.'
        : `They ask ${asked.join(', ')}; write --model ${asked[0] ?? ''}=${name} to put it in place of that one.`,
  });
}
