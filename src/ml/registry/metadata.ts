import { WatchkeeperError } from '../../core/errors.ts';
import { isArtefactId, isModelName, type ArtefactMetadata } from '../../model/models.ts';

const MAX_TEXT = 200;

/**
 * The value as metadata, without properties that are not metadata's.
 * @throws MODEL_INVALID; the message names the property, never its value.
 */
export function checkMetadata(value: unknown): ArtefactMetadata {
  const given = objectOf(value, 'metadata');
  const { name, kind, parent, createdAt, features } = given;
  if (typeof name !== 'string' || !isModelName(name)) throw unfit('name');
  if (typeof kind !== 'string' || !isModelName(kind)) throw unfit('kind');
  if (parent !== undefined && !isArtefactId(parent)) throw unfit('parent');
  if (typeof createdAt !== 'number' || !(createdAt >= 0 && createdAt < 1e15)) {
    throw unfit('createdAt');
  }
  return {
    name,
    kind,
    ...(features === undefined ? {} : { features: featuresOf(features) }),
    dataHash: textOf(given['dataHash'], 'dataHash'),
    parameters: objectOf(given['parameters'], 'parameters'),
    metrics: metricsOf(given['metrics']),
    ...(parent === undefined ? {} : { parent }),
    backend: textOf(given['backend'], 'backend'),
    createdAt,
  };
}

function featuresOf(value: unknown): { name: string; version: number; hash: string } {
  const { name, version, hash } = objectOf(value, 'features');
  if (typeof version !== 'number' || !Number.isSafeInteger(version))
    throw unfit('features.version');
  return { name: textOf(name, 'features.name'), version, hash: textOf(hash, 'features.hash') };
}

function metricsOf(value: unknown): Readonly<Record<string, number>> {
  const metrics = objectOf(value, 'metrics');
  if (!Object.values(metrics).every(Number.isFinite)) throw unfit('metrics');
  return metrics as Readonly<Record<string, number>>;
}

function objectOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unfit(what);
  if (ArrayBuffer.isView(value)) throw unfit(what);
  return value as Readonly<Record<string, unknown>>;
}

function textOf(value: unknown, what: string): string {
  if (typeof value !== 'string' || value.length > MAX_TEXT) throw unfit(what);
  return value;
}

function unfit(what: string): WatchkeeperError {
  return new WatchkeeperError(
    'MODEL_INVALID',
    `The artefact's ${what} is missing or does not fit.`,
    {
      fix: 'Train or export the model again.',
    },
  );
}
