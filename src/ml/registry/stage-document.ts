import { WatchkeeperError } from '../../core/errors.ts';
import {
  isArtefactId,
  MODEL_STAGES,
  type ModelStages,
  type StagedModel,
  type StageStep,
} from '../../model/models.ts';
import type { ModelSigner } from '../../model/model-shelf.ts';
import { KEPT } from './stages.ts';

const DOMAIN = 'watchkeeper.v1 model stages\0';
const MAX_CHARACTERS = 512 * 1024;

/** The stages as signed JSON. The signature covers every property, each in its place. */
export function sealStages(stages: ModelStages, signer: ModelSigner): string {
  const signature = signer.sign(signedBytes(stages));
  return `${JSON.stringify({
    ...normal(stages),
    signer: signer.id,
    signature: Buffer.from(signature).toString('base64'),
  })}\n`;
}

/**
 * Reads and verifies what `sealStages` wrote for `name`.
 * @throws MODEL_INVALID when it is damaged, belongs to another name, or is not
 * signed by a key that is trusted.
 */
export function openStages(text: string, name: string, signer: ModelSigner): ModelStages {
  const { signer: id, signature, ...rest } = parse(text, name);
  const stages = stagesOf(rest);
  if (stages === undefined) throw refused(name, 'cannot be read');
  if (typeof id !== 'string' || typeof signature !== 'string') throw refused(name, 'is not signed');
  const verdict = signer.verify(id, signedBytes(stages), Buffer.from(signature, 'base64'));
  if (verdict === undefined) throw refused(name, 'is signed by a key that is not trusted');
  if (!verdict) throw refused(name, 'was changed after it was signed');
  if (stages.name !== name) throw refused(name, 'belongs to another model');
  return stages;
}

function signedBytes(stages: ModelStages): Uint8Array {
  return Buffer.from(DOMAIN + JSON.stringify(normal(stages)), 'utf8');
}

/** With the properties in one order, and no others. */
function normal({ name, revision, at, models, history }: ModelStages): ModelStages {
  return {
    name,
    revision,
    at,
    models: models.map(({ id, stage, share, since }) => ({ id, stage, share, since })),
    history: history.map((step) => ({
      revision: step.revision,
      id: step.id,
      ...(step.from === undefined ? {} : { from: step.from }),
      to: step.to,
      ...(step.rollback === undefined ? {} : { rollback: step.rollback }),
      at: step.at,
      by: step.by,
      why: step.why,
    })),
  };
}

function parse(text: string, name: string): Readonly<Record<string, unknown>> {
  if (text.length > MAX_CHARACTERS) throw refused(name, 'is too long');
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // The parser's text would quote what it read.
  }
  throw refused(name, 'cannot be read');
}

function stagesOf(value: Readonly<Record<string, unknown>>): ModelStages | undefined {
  const { name, revision, at, models, history } = value;
  const isWhole =
    typeof name === 'string' &&
    Number.isSafeInteger(revision) &&
    typeof at === 'number' &&
    isListOf(models, KEPT.models, isStaged) &&
    isListOf(history, KEPT.steps, isStep);
  return isWhole ? (value as unknown as ModelStages) : undefined;
}

function isStaged(value: Readonly<Record<string, unknown>>): boolean {
  const { id, stage, share, since } = value as Partial<Record<keyof StagedModel, unknown>>;
  return isArtefactId(id) && isStage(stage) && isNumber(share) && isNumber(since);
}

function isStep(value: Readonly<Record<string, unknown>>): boolean {
  const { id, from, to, rollback, at, by, why, revision } = value as Partial<
    Record<keyof StageStep, unknown>
  >;
  const isMove =
    isArtefactId(id) &&
    isStage(to) &&
    (from === undefined || isStage(from)) &&
    (rollback === undefined || rollback === true);
  return (
    isMove && [at, revision].every(isNumber) && [by, why].every((text) => typeof text === 'string')
  );
}

function isListOf(
  value: unknown,
  most: number,
  isItem: (item: Readonly<Record<string, unknown>>) => boolean,
): boolean {
  return (
    Array.isArray(value) &&
    value.length <= most &&
    value.every((item) => isObject(item) && isItem(item))
  );
}

function isStage(value: unknown): boolean {
  return (MODEL_STAGES as readonly unknown[]).includes(value);
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused(name: string, why: string): WatchkeeperError {
  return new WatchkeeperError('MODEL_INVALID', `The record of the stages of "${name}" ${why}.`, {
    fix: 'Restore it from a backup, or trust the key that signed it; see docs/models.md.',
  });
}
