import assert from 'node:assert/strict';
import { systemClock, type Clock } from '../../../src/core/clock.ts';
import { decodeArtefact, encodeArtefact } from '../../../src/ml/registry/artefact.ts';
import { ModelRegistry, type StageNews } from '../../../src/ml/registry/model-registry.ts';
import { ServedModels } from '../../../src/ml/registry/served-models.ts';
import { liveModel } from '../../../src/ml/registry/stages.ts';
import type { ModelShelf } from '../../../src/model/model-shelf.ts';
import { generateDeviceKey } from '../../../src/security/device-key.ts';
import { createModelSigner } from '../../../src/security/model-signer.ts';
import { until } from '../../support/nats-server.ts';
import type { It } from '../../support/suite.ts';

/** Two shelves over the same place, as two processes have them. */
export interface ShelfPair {
  readonly first: ModelShelf;
  readonly second: ModelShelf;
  /** Changes what is kept, as somebody would who can write there; without it that cannot be done here. */
  readonly putText: (name: string, text: string) => Promise<void>;
  readonly spoilBlob: (id: string) => Promise<void>;
  close(): Promise<void>;
}

const { privateKey } = generateDeviceKey();
export const signer = createModelSigner({ privateKey });
export const WHO = { by: 'ana', why: 'better on last week' };

export function anArtefact(seed: number, name = 'vitals'): { id: string; bytes: Uint8Array } {
  return encodeArtefact({
    metadata: {
      name,
      kind: 'stand_in',
      dataHash: 'd'.repeat(64),
      parameters: { seed },
      metrics: { auc: 0.5 },
      backend: 'plain',
      createdAt: seed,
    },
    model: { kind: 'stand_in', version: 1, state: { weights: Float64Array.of(seed, -0) } },
  });
}

export function registryOn(shelf: ModelShelf, by = signer): ModelRegistry {
  return new ModelRegistry({ shelf, signer: by, clock: systemClock });
}

const hoursLater = Object.create(systemClock, {
  wall: { value: () => systemClock.wall() + 7_200_000 },
}) as Clock;

/** What every shelf has to hold, seen through the registry. */
export function registryContract(it: It, open: () => Promise<ShelfPair>): void {
  let pair: ShelfPair;
  let registry: ModelRegistry;
  let other: ModelRegistry;
  it.beforeEach(async () => {
    pair = await open();
    registry = registryOn(pair.first);
    other = registryOn(pair.second);
  });
  it.afterEach(() => pair.close());

  const put = async (seed: number, name?: string): Promise<string> =>
    (await registry.put(anArtefact(seed, name).bytes, WHO)).id;
  const live = async (seed: number): Promise<string> => {
    const id = await put(seed);
    await registry.move('vitals', { id, to: 'live', ...WHO });
    return id;
  };

  it('gives back the bytes of an artefact under the hash of them, to every process', async () => {
    const { id, bytes } = anArtefact(1);
    assert.equal((await registry.put(bytes, WHO)).id, id);
    assert.deepEqual(await other.bytes(id), bytes);
    assert.deepEqual((await other.get(id)).model.state, { weights: Float64Array.of(1, -0) });
    const [version] = await other.versions('vitals');
    assert.deepEqual(
      [version?.stage, version?.bytes, version?.metadata.createdAt],
      ['shadow', bytes.length, 1],
    );
  });

  it('takes the same artefact twice without a change', async () => {
    await put(1);
    await put(1);
    const { revision, models } = await registry.stages('vitals');
    assert.deepEqual([revision, models.length], [1, 1]);
  });

  it('keeps an artefact of several chunks', async () => {
    const weights = new Float64Array(100_000).map((_, index) => Math.sin(index));
    const { bytes } = encodeArtefact({
      metadata: { ...decodeArtefact(anArtefact(1).bytes).metadata, name: 'large' },
      model: { kind: 'stand_in', version: 1, state: { weights } },
    });
    const { id } = await registry.put(bytes, WHO);
    assert.deepEqual((await other.get(id)).model.state, { weights });
  });

  it('lists models by name with their history', async () => {
    await put(1, 'zeta');
    const id = await put(2, 'alpha');
    await other.move('alpha', { id, to: 'canary', share: 0.2, by: 'ben', why: 'try' });
    const [alpha, zeta] = await registry.list();
    assert.deepEqual([alpha?.name, zeta?.name], ['alpha', 'zeta']);
    assert.deepEqual(
      alpha?.history.map(({ from, to, by, why }) => [from, to, by, why]),
      [
        [undefined, 'shadow', WHO.by, WHO.why],
        ['shadow', 'canary', 'ben', 'try'],
      ],
    );
    assert.equal(alpha?.models[0]?.share, 0.2);
  });

  it('says what is missing', async () => {
    await assert.rejects(registry.get('0'.repeat(64)), { code: 'NOT_FOUND' });
    await assert.rejects(registry.get('../x'), { code: 'NOT_FOUND' });
    for (const name of ['nobody', '../vitals', '']) {
      await assert.rejects(registry.stages(name), { code: 'NOT_FOUND' });
    }
    await assert.rejects(registry.rollback('nobody', WHO), { code: 'NOT_FOUND' });
    await assert.rejects(registry.put(new Uint8Array(9), WHO), { code: 'MODEL_INVALID' });
  });

  it('rolls back to what was live before', async () => {
    const [first, second] = [await live(1), await live(2)];
    assert.equal(liveModel(await other.stages('vitals'))?.id, second);
    await registry.rollback('vitals', { by: 'ana', why: 'false alarms' });
    assert.equal(liveModel(await other.stages('vitals'))?.id, first);
    await assert.rejects(registry.rollback('vitals', WHO), { code: 'CONFLICT' });
  });

  it('prunes what is retired but the newest, and never what a rollback needs', async () => {
    const ids = [await live(1), await live(2), await live(3), await live(4), await put(5)];
    const before = await registry.stages('vitals');
    const dry = await other.prune({ keep: 1, isDry: true });
    assert.deepEqual(await registry.stages('vitals'), before);
    // 3 is what a rollback brings back, and the newest that is retired.
    assert.deepEqual(
      dry.map(({ id, name, bytes }) => [id, name, bytes > 0]),
      [ids[0], ids[1]].map((id) => [id, 'vitals', true]),
    );
    assert.deepEqual(await other.prune({ keep: 1 }), dry);
    const { models, history } = await registry.stages('vitals');
    assert.deepEqual(
      models.map(({ id }) => id),
      ids.slice(2),
    );
    assert.ok(history.some(({ id }) => id === ids[0]));
    for (const id of ids.slice(0, 2)) await assert.rejects(registry.get(id), { code: 'NOT_FOUND' });
    for (const id of ids.slice(2)) assert.equal((await registry.get(id)).id, id);
    await registry.rollback('vitals', WHO);
    // What was rolled back is not what a second rollback would bring back.
    assert.deepEqual(
      (await other.prune({ keep: 0 })).map(({ id }) => id),
      [ids[3]],
    );
    assert.deepEqual((await registry.put(anArtefact(1).bytes, WHO)).id, ids[0]);
    assert.equal((await other.get(ids[0] ?? '')).id, ids[0]);
    await assert.rejects(registry.prune({ name: 'nobody', keep: 1 }), { code: 'NOT_FOUND' });
  });

  it('prunes one model only, and leftovers that nobody named for an hour', async () => {
    const retired = async (seed: number, name: string): Promise<string> => {
      const id = await put(seed, name);
      await registry.move(name, { id, to: 'retired', ...WHO });
      return id;
    };
    const [alpha, zeta] = [await retired(1, 'alpha'), await retired(2, 'zeta')];
    const left = anArtefact(3);
    await pair.first.putBlob(left.id, left.bytes);
    const pruned = await registry.prune({ name: 'alpha', keep: 0 });
    assert.deepEqual(
      pruned.map(({ id }) => id),
      [alpha],
    );
    assert.deepEqual(
      (await registry.prune({ keep: 1 })).map(({ id }) => id),
      [],
    );
    const later = new ModelRegistry({ shelf: pair.second, signer, clock: hoursLater });
    assert.deepEqual(await later.prune({ keep: 1 }), [{ id: left.id, bytes: left.bytes.length }]);
    const blobs = await pair.first.blobs();
    assert.deepEqual(
      blobs.map(({ id }) => id),
      [zeta],
    );
    await pair.first.dropBlob(left.id);
  });

  it('takes no version from under one who brings it back', async () => {
    const id = await put(1);
    await registry.move('vitals', { id, to: 'retired', ...WHO });
    const [pruned, moved] = await Promise.allSettled([
      other.prune({ keep: 0 }),
      registry.move('vitals', { id, to: 'shadow', ...WHO }),
    ]);
    const { models } = await registry.stages('vitals');
    if (models.length === 1) assert.equal((await registry.get(id)).id, id);
    else assert.equal(moved.status, 'rejected');
    assert.equal(pruned.status, 'fulfilled');
  });

  it('loses no change when two processes make them at once', async () => {
    const ids = await Promise.all([1, 2, 3, 4].map((seed) => put(seed)));
    await Promise.all(
      ids.map((id, index) =>
        (index % 2 === 0 ? registry : other).move('vitals', { id, to: 'retired', ...WHO }),
      ),
    );
    const { revision, models } = await registry.stages('vitals');
    assert.equal(revision, 8);
    assert.ok(models.every(({ stage }) => stage === 'retired'));
  });

  it('writes a text only for one who has seen the newest', async () => {
    const version = await pair.first.replace('text', 'one', 0);
    assert.ok(version !== undefined);
    assert.equal(await pair.second.replace('text', 'two', 0), undefined);
    assert.ok((await pair.second.replace('text', 'three', version)) !== undefined);
    assert.equal(await pair.first.replace('text', 'four', version), undefined);
    assert.equal((await pair.first.read('text'))?.text, 'three');
    assert.equal(await pair.first.read('none'), undefined);
  });

  it('tells another process of what is there and of each change', async () => {
    await live(1);
    const told: StageNews[] = [];
    const stop = other.watch((news) => told.push(news));
    const at = (revision: number) => () =>
      told.some((news) => 'stages' in news && news.stages.revision === revision);
    await until('what is there', at(2));
    await live(2);
    await until('the second version', at(4));
    await registry.rollback('vitals', WHO);
    await until('the rollback', at(5));
    stop();
    const revisions = told.map((news) => ('stages' in news ? news.stages.revision : -1));
    assert.deepEqual(revisions, [...revisions].sort());
    assert.ok(!revisions.includes(-1));
  });

  it('swaps what serves, and reads no artefact for a rollback', async () => {
    await live(1);
    const served = new ServedModels({
      registry: other,
      load: ({ metadata }) => metadata.createdAt,
      onProblem: (_, problem) => assert.fail(String(problem)),
    });
    const changes: string[] = [];
    served.onChange((name) => changes.push(name));
    await until('the first version', () => served.get('vitals')?.live === 1);
    await live(2);
    await until('the second version', () => served.get('vitals')?.live === 2);
    const id = await put(3);
    await registry.move('vitals', { id, to: 'canary', share: 0.5, ...WHO });
    await until('the canary', () => served.get('vitals')?.canary?.model === 3);
    const { loads } = served;
    assert.equal(loads, 3);
    await registry.rollback('vitals', WHO);
    await until('the rollback', () => served.get('vitals')?.live === 1);
    assert.deepEqual(served.get('vitals'), {
      live: 1,
      canary: { model: 3, share: 0.5 },
      shadows: [],
    });
    assert.equal(served.loads, loads);
    assert.ok(changes.length >= 3);
    served.stop();
  });

  it('refuses stages that were changed, moved to another name or signed by others', async () => {
    const id = await put(1);
    await put(2, 'pulse');
    const { text } = (await pair.first.read('vitals')) as { text: string };
    const foreign = registryOn(pair.second, createModelSigner(generateDeviceKey()));
    const refused = async (name: string, changed: string, why: RegExp): Promise<void> => {
      await pair.putText(name, changed);
      await assert.rejects(registry.stages(name), { code: 'MODEL_INVALID', message: why });
      await assert.rejects(registry.move(name, { id, to: 'live', ...WHO }), {
        code: 'MODEL_INVALID',
      });
      await assert.rejects(registry.list(), { code: 'MODEL_INVALID' });
    };
    await refused('vitals', text.replace('"shadow"', '"live"'), /changed after it was signed/);
    await refused('vitals', text.replace(/"signer":"[^"]*",/, ''), /not signed/);
    await refused('vitals', '{"half', /cannot be read/);
    await refused('vitals', '[]', /cannot be read/);
    await refused('pulse', text, /belongs to another model/);
    await pair.putText('vitals', text);
    await assert.rejects(foreign.stages('vitals'), { message: /not trusted/ });
    const trusting = createModelSigner({ ...generateDeviceKey(), trusted: [signer.publicKey] });
    assert.equal((await registryOn(pair.second, trusting).stages('vitals')).revision, 1);
  });

  it('refuses an artefact that was changed, and serves what served before', async () => {
    const problems: unknown[] = [];
    await live(1);
    const served = new ServedModels({
      registry: other,
      load: ({ metadata }) => metadata.createdAt,
      onProblem: (_, problem) => problems.push(problem),
    });
    await until('the first version', () => served.get('vitals')?.live === 1);
    const second = await put(2);
    await until('the shadow', () => served.get('vitals')?.shadows[0] === 2);
    const third = await put(3);
    await pair.spoilBlob(third);
    await assert.rejects(registry.get(third), { code: 'MODEL_INVALID' });
    await assert.rejects(registry.move('vitals', { id: third, to: 'live', ...WHO }), {
      code: 'MODEL_INVALID',
    });
    await registry.move('vitals', { id: second, to: 'live', ...WHO });
    await until('the second version', () => served.get('vitals')?.live === 2);
    served.stop();
    assert.ok(problems.every((problem) => (problem as { code?: string }).code === 'MODEL_INVALID'));
  });

  it('does not go back to an older record of stages', async () => {
    await put(1);
    const old = (await pair.first.read('vitals')) as { text: string };
    await put(2);
    const told: StageNews[] = [];
    const stop = other.watch((news) => told.push(news));
    await until('the newest', () => told.some((news) => 'stages' in news));
    await pair.putText('vitals', old.text);
    await until('the problem', () => told.some((news) => 'problem' in news));
    stop();
    assert.ok(told.every((news) => !('stages' in news) || news.stages.revision === 2));
  });
}
