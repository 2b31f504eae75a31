import { setImmediate } from 'node:timers/promises';
import { inTurns } from '../../core/steps.ts';
import type { Cancel, Clock } from '../../core/clock.ts';
import { WatchkeeperError } from '../../core/errors.ts';
import {
  isArtefactId,
  isModelName,
  type ModelStage,
  type ModelStages,
  type StagedModel,
  type ModelVersion,
} from '../../model/models.ts';
import type { ModelShelf, ModelSigner, ShelvedBlob } from '../../model/model-shelf.ts';
import { artefactSteps, idSteps, metadataSteps, type Artefact } from './artefact.ts';
import { openStages, sealStages } from './stage-document.ts';
import { enter, forget, move, noStages, prunable, rollBack, type StageMove } from './stages.ts';
import { NEXT_STAGE, nextToPromote, versionOf } from './version.ts';

export interface ModelRegistryOptions {
  readonly shelf: ModelShelf;
  readonly signer: ModelSigner;
  /** Steps carry its wall time: they outlive the process. */
  readonly clock: Clock;
}

/** Who changes a stage, and why; both go into the history. */
export interface Reason {
  readonly by: string;
  readonly why: string;
}

export interface PromoteWish extends Reason {
  /** The beginning of its id. */
  readonly version?: string;
  readonly to?: ModelStage;
  readonly share?: number;
}

export interface Promoted {
  readonly id: string;
  readonly from: ModelStage;
  readonly to: ModelStage;
  readonly stages: ModelStages;
}

/** What a watcher is told: the stages in force, or why they cannot be. */
export type StageNews =
  | { readonly name: string; readonly stages: ModelStages }
  | { readonly name: string; readonly problem: unknown };

/** What `prune` is to remove. */
export interface PruneWish {
  /** Only this model, and no leftovers; all without. */
  readonly name?: string;
  /** Retired versions of each model that stay. */
  readonly keep: number;
  /** Only says what it would remove. @default false */
  readonly isDry?: boolean;
}

/** An artefact that was removed. */
export interface Pruned {
  readonly id: string;
  /** Of its model; absent for one that no stages named. */
  readonly name?: string;
  readonly bytes: number;
}

type Description = Pick<ModelVersion, 'metadata' | 'bytes'>;

/** Kept in memory. */
const DESCRIPTIONS = 1024;
/** How often a change is tried again when another was quicker. */
const ATTEMPTS = 8;
/** An artefact that no stages name may still be on its way in for so long. */
const LEFTOVER_MS = 3_600_000;

/**
 * Trained models and the stages of their versions, on any shelf. What it reads
 * it verifies: artefacts by their id, stages by their signature.
 */
export class ModelRegistry {
  readonly #shelf: ModelShelf;
  readonly #signer: ModelSigner;
  readonly #clock: Clock;
  readonly #descriptions = new Map<string, Description>();

  constructor({ shelf, signer, clock }: ModelRegistryOptions) {
    this.#shelf = shelf;
    this.#signer = signer;
    this.#clock = clock;
  }

  /**
   * Keeps an artefact and enters it as shadow under its name. Durable when it
   * resolves; the same bytes again change nothing. @throws MODEL_INVALID
   */
  async put(bytes: Uint8Array, reason: Reason): Promise<{ id: string; stages: ModelStages }> {
    const { id, metadata } = await inTurns(artefactSteps(bytes), setImmediate);
    // First the blob: no stage may name what is not there.
    await this.#shelf.putBlob(id, bytes);
    const stages = await this.#change(metadata.name, (before) =>
      enter(before, { id, ...this.#step(reason) }),
    );
    // Again: a prune may have taken it for a leftover before the stages named it.
    await this.#shelf.putBlob(id, bytes);
    return { id, stages };
  }

  /** @throws NOT_FOUND, or MODEL_INVALID when what the shelf holds is not what the id names */
  async get(id: string): Promise<Artefact> {
    const artefact = await inTurns(artefactSteps(await this.#found(id)), setImmediate);
    return artefact.id === id ? artefact : refuseDamaged(id);
  }

  /** The artefact as it was put, its id checked. @throws NOT_FOUND | MODEL_INVALID */
  async bytes(id: string): Promise<Uint8Array> {
    const bytes = await this.#found(id);
    return (await inTurns(idSteps(bytes), setImmediate)) === id ? bytes : refuseDamaged(id);
  }

  async #found(id: string): Promise<Uint8Array> {
    const bytes = isArtefactId(id) ? await this.#shelf.getBlob(id) : undefined;
    if (bytes !== undefined) return bytes;
    throw missing(`There is no artefact "${id.slice(0, 64)}".`);
  }

  /** The stages of every model, by name. @throws MODEL_INVALID when one cannot be trusted */
  async list(): Promise<readonly ModelStages[]> {
    const names = await this.#shelf.names();
    return Promise.all(names.filter(isModelName).map((name) => this.stages(name)));
  }

  /** @throws NOT_FOUND | MODEL_INVALID */
  async stages(name: string): Promise<ModelStages> {
    const found = isModelName(name) ? (await this.#read(name)).stages : noStages(name);
    if (found.revision > 0) return found;
    throw missing(`There is no model "${name.slice(0, 64)}".`);
  }

  /** Every version of a model with its metadata, oldest first. @throws NOT_FOUND | MODEL_INVALID */
  async versions(name: string): Promise<readonly ModelVersion[]> {
    const { models } = await this.stages(name);
    const versions: ModelVersion[] = [];
    // One after the other: a model may take 64 MiB.
    for (const model of models) versions.push({ ...model, ...(await this.#described(model.id)) });
    return versions;
  }

  /** An id names the same content for ever, so that it need be read once only. */
  async #described(id: string): Promise<Description> {
    const known = this.#descriptions.get(id);
    if (known !== undefined) return known;
    const bytes = await this.bytes(id);
    const description = {
      metadata: await inTurns(metadataSteps(bytes), setImmediate),
      bytes: bytes.length,
    };
    if (this.#descriptions.size >= DESCRIPTIONS) this.#descriptions.clear();
    this.#descriptions.set(id, description);
    return description;
  }

  /** @throws NOT_FOUND | CONFLICT | BAD_REQUEST | MODEL_INVALID as `move` of stages.ts, and when the artefact is gone or damaged */
  async move(
    name: string,
    wish: Pick<StageMove, 'id' | 'to' | 'share'> & Reason,
  ): Promise<ModelStages> {
    await this.stages(name);
    if (wish.to !== 'retired') await this.get(wish.id);
    return this.#change(name, (before) => move(before, { ...wish, ...this.#step(wish) }));
  }

  /**
   * Moves a version, named by the beginning of its id, to the stage that is
   * asked for; without a version the canary, else the newest shadow, without a
   * stage to the next one. @throws as `move`, and CONFLICT when there is none to promote
   */
  async promote(name: string, wish: PromoteWish): Promise<Promoted> {
    const before = await this.stages(name);
    const { version: prefix, share, by, why } = wish;
    const model = prefix === undefined ? nextToPromote(before) : versionOf(before, prefix);
    const to = wish.to ?? NEXT_STAGE[model.stage];
    const step = { id: model.id, to, by, why, ...(share === undefined ? {} : { share }) };
    return { id: model.id, from: model.stage, to, stages: await this.move(name, step) };
  }

  /** Makes the version live again that was before. @throws NOT_FOUND | CONFLICT | MODEL_INVALID */
  async rollback(name: string, reason: Reason): Promise<ModelStages> {
    await this.stages(name);
    return this.#change(name, (before) => rollBack(before, this.#step(reason)));
  }

  /**
   * Removes the artefacts of retired versions but the newest `keep` of each
   * model and the one that a rollback would bring back, and artefacts that no
   * stages have named for an hour. Stages forget a version before its artefact
   * goes, so that what a crash leaves is a leftover for the next time.
   * @throws NOT_FOUND for an unknown name, MODEL_INVALID
   */
  async prune({ name, keep, isDry = false }: PruneWish): Promise<readonly Pruned[]> {
    const chosen = name === undefined ? await this.list() : [await this.stages(name)];
    const blobs = new Map((await this.#shelf.blobs()).map((blob) => [blob.id, blob]));
    const pruned: Pruned[] = [];
    for (const before of chosen) {
      const retired = isDry ? prunable(before, keep) : await this.#forget(before.name, keep);
      for (const { id } of retired) {
        pruned.push({ id, name: before.name, bytes: blobs.get(id)?.bytes ?? 0 });
      }
    }
    if (name === undefined) pruned.push(...(await this.#leftovers(pruned, [...blobs.values()])));
    if (!isDry) for (const { id } of pruned) await this.#shelf.dropBlob(id);
    return pruned;
  }

  async #forget(name: string, keep: number): Promise<readonly StagedModel[]> {
    let gone: readonly StagedModel[] = [];
    await this.#change(name, (before) => {
      gone = prunable(before, keep);
      return forget(before, gone, this.#clock.wall());
    });
    return gone;
  }

  /** What a put or a prune that broke off has left; one that is going on is younger. */
  async #leftovers(
    pruned: readonly Pruned[],
    blobs: readonly ShelvedBlob[],
  ): Promise<readonly Pruned[]> {
    const staged = (await this.list()).flatMap(({ models }) => models);
    const named = new Set([...staged, ...pruned].map(({ id }) => id));
    const before = this.#clock.wall() - LEFTOVER_MS;
    return blobs
      .filter(({ id, at }) => isArtefactId(id) && !named.has(id) && at < before)
      .map(({ id, bytes }) => ({ id, bytes }));
  }

  /**
   * Tells the stages of every model now and after each change, whichever
   * process made it. Stages older than those it has told are a problem, not a
   * change: an old record with a good signature brings nothing back.
   */
  watch(listener: (news: StageNews) => void): Cancel {
    const told = new Map<string, number>();
    let isStopped = false;
    let work = Promise.resolve();
    const stop = this.#shelf.watch((name) => {
      // In order, so that the last thing told is the newest.
      work = work.then(async () => {
        if (!isStopped && isModelName(name)) await this.#tell(name, told, listener);
      });
    });
    return () => {
      isStopped = true;
      stop();
    };
  }

  async #tell(
    name: string,
    told: Map<string, number>,
    listener: (news: StageNews) => void,
  ): Promise<void> {
    try {
      const stages = await this.stages(name);
      const before = told.get(name) ?? 0;
      if (stages.revision === before) return;
      if (stages.revision < before) throw outdated(name);
      told.set(name, stages.revision);
      listener({ name, stages });
    } catch (problem) {
      listener({ name, problem });
    }
  }

  #step({ by, why }: Reason): Reason & { readonly at: number } {
    return { by: by.slice(0, 128), why: why.slice(0, 500), at: this.#clock.wall() };
  }

  async #read(name: string): Promise<{ readonly stages: ModelStages; readonly version: number }> {
    const found = await this.#shelf.read(name);
    if (found === undefined) return { stages: noStages(name), version: 0 };
    return { stages: openStages(found.text, name, this.#signer), version: found.version };
  }

  async #change(name: string, change: (before: ModelStages) => ModelStages): Promise<ModelStages> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const { stages, version } = await this.#read(name);
      const after = change(stages);
      if (after === stages) return stages;
      const text = sealStages(after, this.#signer);
      if ((await this.#shelf.replace(name, text, version)) !== undefined) return after;
    }
    throw new WatchkeeperError('CONFLICT', `The stages of "${name}" are being changed by others.`, {
      fix: 'Look at them and try again.',
    });
  }
}

function missing(message: string): WatchkeeperError {
  return new WatchkeeperError('NOT_FOUND', message, {
    fix: 'List models with: watchkeeper models list',
  });
}

function refuseDamaged(id: string): never {
  throw new WatchkeeperError('MODEL_INVALID', `The artefact ${id} was changed or damaged.`, {
    fix: 'Restore it from a backup, or roll back to another version.',
  });
}

function outdated(name: string): WatchkeeperError {
  return new WatchkeeperError('MODEL_INVALID', `The stages of "${name}" are older than before.`, {
    fix: 'An old record was put back. Promote the version that is to be live.',
  });
}
