import { WatchkeeperError } from '../../core/errors.ts';
import type { ModelRegistry } from '../../ml/registry/model-registry.ts';
import { liveModel } from '../../ml/registry/stages.ts';
import { versionOf } from '../../ml/registry/version.ts';

/** Characters of an id that people see. */
export const SHORT_ID = 12;

/** Bytes of `<name>` or `<name>@<version>`; without a version the live one, else the newest. */
export async function artefactBytes(
  registry: ModelRegistry,
  reference: string,
): Promise<{ readonly id: string; readonly bytes: Uint8Array }> {
  const [name = '', prefix] = reference.split('@');
  const stages = await registry.stages(name);
  const version =
    prefix === undefined
      ? (liveModel(stages) ?? stages.models.findLast(({ stage }) => stage !== 'retired'))
      : versionOf(stages, prefix);
  if (version !== undefined) return { id: version.id, bytes: await registry.bytes(version.id) };
  throw new WatchkeeperError('NOT_FOUND', `"${name}" has no version that is not retired.`, {
    fix: `Name one as ${name}@<id>.`,
  });
}
