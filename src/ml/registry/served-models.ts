import type { Cancel } from '../../core/clock.ts';
import type { ModelStages } from '../../model/models.ts';
import type { Artefact } from './artefact.ts';
import type { ModelRegistry, StageNews } from './model-registry.ts';
import { liveModel, previousLive } from './stages.ts';

/** What answers to a model's name. */
export interface ServedSlot<Served> {
  readonly live: Served | undefined;
  readonly canary?: { readonly model: Served; readonly share: number };
  readonly shadows: readonly Served[];
}

export interface ServedModelsOptions<Served> {
  readonly registry: ModelRegistry;
  /** Makes an artefact ready to score; what it throws is a problem of that version alone. */
  readonly load: (artefact: Artefact) => Served | Promise<Served>;
  /** Told of a version that cannot be loaded and of stages that cannot be trusted; what served before goes on. */
  readonly onProblem: (name: string, problem: unknown) => void;
}

/** Shadows that score beside the live one, the newest. */
const MAX_SHADOWS = 2;

/**
 * The models in force of a running site, loaded: it follows the registry and
 * swaps a name's models at once when the new ones are ready. The version that
 * was live before stays loaded, so that a rollback reads nothing.
 */
export class ServedModels<Served> {
  readonly #options: ServedModelsOptions<Served>;
  readonly #slots = new Map<string, ServedSlot<Served>>();
  readonly #loaded = new Map<string, Map<string, Served>>();
  readonly #listeners = new Set<(name: string) => void>();
  readonly #stop: Cancel;
  #work = Promise.resolve();
  #loads = 0;

  constructor(options: ServedModelsOptions<Served>) {
    this.#options = options;
    this.#stop = options.registry.watch((news) => {
      // One after the other, so that an older state never wins.
      this.#work = this.#work.then(() => this.#follow(news));
    });
  }

  /** Artefacts read and loaded since the start. */
  get loads(): number {
    return this.#loads;
  }

  /** `undefined` when nothing of that name is known. */
  get(name: string): ServedSlot<Served> | undefined {
    return this.#slots.get(name);
  }

  /** Calls back when what answers to a name has changed. */
  onChange(listener: (name: string) => void): Cancel {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  stop(): void {
    this.#stop();
    this.#listeners.clear();
  }

  async #follow(news: StageNews): Promise<void> {
    const { name } = news;
    if ('problem' in news) {
      this.#options.onProblem(name, news.problem);
      return;
    }
    const loaded = await this.#load(news.stages);
    this.#loaded.set(name, loaded);
    this.#slots.set(name, slotOf(news.stages, loaded, this.#slots.get(name)));
    for (const listener of this.#listeners) listener(name);
  }

  /** The versions that are needed, those already loaded as they are. */
  async #load(stages: ModelStages): Promise<Map<string, Served>> {
    const before = this.#loaded.get(stages.name);
    const loaded = new Map<string, Served>();
    for (const id of neededIds(stages)) {
      const known = before?.get(id) ?? (await this.#loadOne(stages.name, id));
      if (known !== undefined) loaded.set(id, known);
    }
    return loaded;
  }

  async #loadOne(name: string, id: string): Promise<Served | undefined> {
    try {
      const artefact = await this.#options.registry.get(id);
      const served = await this.#options.load(artefact);
      this.#loads += 1;
      return served;
    } catch (problem) {
      this.#options.onProblem(name, problem);
      return undefined;
    }
  }
}

function neededIds(stages: ModelStages): readonly string[] {
  const staged = stages.models.filter(({ stage }) => stage === 'canary').map(({ id }) => id);
  const ids = [liveModel(stages)?.id, previousLive(stages), ...staged, ...shadowIds(stages)];
  return [...new Set(ids.filter((id) => id !== undefined))];
}

function shadowIds({ models }: ModelStages): readonly string[] {
  const shadows = models.filter(({ stage }) => stage === 'shadow');
  return shadows.slice(-MAX_SHADOWS).map(({ id }) => id);
}

function slotOf<Served>(
  stages: ModelStages,
  loaded: ReadonlyMap<string, Served>,
  before: ServedSlot<Served> | undefined,
): ServedSlot<Served> {
  const live = liveModel(stages);
  const canary = stages.models.find(({ stage }) => stage === 'canary');
  const model = canary && loaded.get(canary.id);
  return {
    // A live version that cannot be loaded leaves the one before in place.
    live: live === undefined ? undefined : (loaded.get(live.id) ?? before?.live),
    ...(canary === undefined || model === undefined
      ? {}
      : { canary: { model, share: canary.share } }),
    shadows: shadowIds(stages).flatMap((id) => loaded.get(id) ?? []),
  };
}
