import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { systemClock } from '../../../src/core/clock.ts';
import { SimulatedClock } from '../../../src/core/simulated-clock.ts';
import { BackendRefusal, BACKENDS, type BackendName } from '../../../src/ml/neural/backend.ts';
import { publishBackend } from '../../../src/ml/neural/backend-metric.ts';
import { probeHere } from '../../../src/ml/neural/backend-probe.ts';
import type { LoadedBackend } from '../../../src/ml/neural/load-backend.ts';
import { requireFiles } from '../../../src/ml/neural/native-packages.ts';
import { probeBackends, type BackendAttempt } from '../../../src/ml/neural/probe-backends.ts';
import { hardwareOnly, type GpuAdapter } from '../../../src/ml/neural/webgpu-adapter.ts';
import type { Tf } from '../../../src/ml/neural/tf.ts';
import { createMetricsRegistry } from '../../../src/gateway/http/metrics-registry.ts';
import { describe } from '../../support/suite.ts';

const clock = new SimulatedClock();

function attempts(outcomes: Partial<Record<BackendName, () => Promise<string>>>): BackendAttempt {
  const missing = () => Promise.reject(new BackendRefusal('not installed', 'npm ci'));
  return (name) => (outcomes[name] ?? missing)();
}

describe('probing backends', (it) => {
  it('takes the first that passes, and says why not the better ones', async () => {
    const tried: string[] = [];
    const report = await probeBackends({
      clock,
      attempt: (name) => {
        tried.push(name);
        return attempts({
          webgpu: () => Promise.reject(new Error('lost device\nat somewhere')),
          wasm: () => Promise.resolve('SIMD'),
        })(name, new AbortController().signal);
      },
    });
    assert.equal(report.chosen, 'wasm');
    assert.deepEqual(tried, ['tfjs-node-gpu', 'webgpu', 'tfjs-node', 'wasm']);
    assert.deepEqual(
      report.candidates.map(({ name, state, reason, fix }) => [name, state, reason, fix]),
      [
        ['tfjs-node-gpu', 'refused', 'not installed', 'npm ci'],
        ['webgpu', 'refused', 'lost device', ''],
        ['tfjs-node', 'refused', 'not installed', 'npm ci'],
        ['wasm', 'chosen', 'SIMD', ''],
        ['cpu', 'spare', 'not tried: wasm works', ''],
      ],
    );
    const metrics = createMetricsRegistry();
    publishBackend(report, metrics);
    assert.match(
      await metrics.text(),
      /watchkeeper_ml_backend_info\{backend="wasm",reason="SIMD; tfjs-node-gpu: not installed; webgpu: lost device; tfjs-node: not installed"\} 1/,
    );
  });

  it('gives up one that hangs, and tells it', async () => {
    const own = new SimulatedClock();
    let wasTold = false;
    const probing = probeBackends({
      clock: own,
      nativeMs: 5_000,
      attempt: (name, signal) => {
        if (name !== 'tfjs-node-gpu') return Promise.resolve('fine');
        signal.addEventListener('abort', () => (wasTold = true));
        return new Promise(() => undefined);
      },
    });
    own.advance(5_001);
    const { chosen, candidates } = await probing;
    assert.equal(chosen, 'webgpu');
    assert.equal(candidates[0]?.reason, 'no answer within 5 s');
    assert.ok(wasTold);
  });

  it('stops at once when it is told to', async () => {
    const stop = new AbortController();
    let wasTold = false;
    const probing = probeBackends({
      clock,
      signal: stop.signal,
      attempt: (_, signal) => {
        signal.addEventListener('abort', () => (wasTold = true));
        return new Promise(() => undefined);
      },
    });
    stop.abort();
    const { chosen, candidates } = await probing;
    assert.equal(chosen, undefined);
    assert.ok(candidates.every(({ reason }) => reason === 'stopped'));
    assert.ok(wasTold);
  });

  it('reports when nothing works, and never rejects', async () => {
    const attempt = () => {
      throw new Error('boom');
    };
    const { chosen, candidates } = await probeBackends({ clock, attempt });
    assert.equal(chosen, undefined);
    assert.deepEqual(
      candidates.map(({ reason }) => reason),
      BACKENDS.map(() => 'boom'),
    );
    const metrics = createMetricsRegistry();
    publishBackend({ chosen, candidates }, metrics);
    assert.match(await metrics.text(), /backend="none",reason="tfjs-node-gpu: boom;/);
  });

  it(
    'tries for real, in processes of their own',
    async () => {
      const { chosen, candidates } = await probeBackends({ clock: systemClock });
      assert.ok(chosen !== undefined);
      for (const { name, reason } of candidates) assert.notEqual(reason, '', name);
      const { reason } = candidates.find(({ state }) => state === 'chosen') ?? { reason: '' };
      if (chosen === 'wasm') assert.match(reason, /SIMD, one thread/);
    },
    { deadlineMs: 120_000 },
  );
});

describe('the test of a backend', (it) => {
  const loaders = (load: () => Promise<LoadedBackend>) =>
    Object.fromEntries(BACKENDS.map((name) => [name, load])) as never;

  const cpu = async (): Promise<Tf> => {
    const tf = await import('@tensorflow/tfjs-core');
    await import('@tensorflow/tfjs-layers');
    await import('@tensorflow/tfjs-backend-cpu');
    await tf.setBackend('cpu');
    return tf;
  };
  const changed = async (name: string, value: unknown): Promise<LoadedBackend> => {
    const tf = await cpu();
    const get = (target: object, key: string | symbol): unknown =>
      key === name ? value : Reflect.get(target, key);
    return { tf: new Proxy({}, { get: (_, key) => get(tf, key) }) as Tf, detail: 'changed' };
  };

  it('passes one that computes right', async () => {
    const answer = await probeHere(
      'cpu',
      loaders(async () => ({ tf: await cpu(), detail: 'ok' })),
    );
    assert.deepEqual(answer, { passed: 'ok' });
  });

  it('refuses one that computes wrong', async () => {
    const tf = await cpu();
    const wrong = (x: never) => tf.mul(tf.tanh(x), 1.05);
    const answer = await probeHere(
      'cpu',
      loaders(() => changed('tanh', wrong)),
    );
    assert.match((answer as { refused: string }).refused, /came out as 0\.\d+, not/);
  });

  it('refuses one that learns nothing, gives NaN, or leaks', async () => {
    const tf = await cpu();
    const still = { adam: () => ({ minimize: () => null, dispose: () => undefined }) };
    const nan = (x: never) => tf.mul(tf.square(x), NaN);
    let tensors = 0;
    const leaky = () => ({ numTensors: (tensors += 3) });
    const outcomes: [string, unknown, RegExp][] = [
      ['train', still, /does not fall/],
      ['square', nan, /does not fall/],
      ['memory', leaky, /left 3 tensors behind/],
    ];
    for (const [name, value, wanted] of outcomes) {
      const answer = await probeHere(
        'cpu',
        loaders(() => changed(name, value)),
      );
      assert.match((answer as { refused: string }).refused, wanted);
    }
  });

  it('answers for one that throws', async () => {
    const load = () => Promise.reject(new BackendRefusal('binary missing', 'npm rebuild'));
    assert.deepEqual(await probeHere('tfjs-node', loaders(load)), {
      refused: 'binary missing',
      fix: 'npm rebuild',
    });
  });
});

describe('what a backend needs', (it) => {
  const refused = (reason: RegExp, fix: RegExp) => (error: unknown) =>
    error instanceof BackendRefusal && reason.test(error.message) && fix.test(error.fix);

  it('is looked for without loading it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'watchkeeper-backend-'));
    const from = pathToFileURL(join(folder, 'file.js')).href;
    try {
      assert.throws(
        () => {
          requireFiles('tfjs-node-gpu', from);
        },
        refused(/not installed/, /npm ci/),
      );
      const own = join(folder, 'node_modules', '@tensorflow', 'tfjs-node-gpu');
      mkdirSync(join(own, 'lib', 'napi-v8'), { recursive: true });
      writeFileSync(join(own, 'package.json'), '{}');
      assert.throws(
        () => {
          requireFiles('tfjs-node-gpu', from);
        },
        refused(
          /binary missing/,
          /^npm rebuild @tensorflow\/tfjs-node-gpu --ignore-scripts=false$/,
        ),
      );
      writeFileSync(join(own, 'lib', 'napi-v8', 'tfjs_binding.node'), '');
      requireFiles('tfjs-node-gpu', from);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  const gpu = (adapter: GpuAdapter | null) => ({ requestAdapter: () => Promise.resolve(adapter) });

  it('is an adapter of hardware, for WebGPU', async () => {
    const card: GpuAdapter = { info: { vendor: 'nvidia', description: 'NVIDIA H200' } };
    const { guarded, description } = await hardwareOnly(gpu(card));
    assert.equal(description, 'nvidia NVIDIA H200');
    assert.equal(await guarded.requestAdapter(), card);
    await assert.rejects(hardwareOnly(gpu(null)), refused(/^no hardware adapter$/, /Vulkan/));
    const software: GpuAdapter[] = [
      { info: { vendor: 'google', architecture: 'swiftshader' } },
      { info: { vendor: 'mesa', description: 'llvmpipe (LLVM 15.0.7, 256 bits)' } },
      { info: { description: 'Microsoft Basic Render Driver' } },
      { info: { vendor: 'nvidia' }, isFallbackAdapter: true },
      { info: { vendor: 'nvidia', isFallbackAdapter: true } },
    ];
    for (const adapter of software)
      await assert.rejects(hardwareOnly(gpu(adapter)), refused(/only software/, /Vulkan/));
  });

  it('stays hardware when the adapter changes between two requests', async () => {
    const answers: (GpuAdapter | null)[] = [
      { info: { vendor: 'amd' } },
      { info: { architecture: 'swiftshader' } },
      null,
    ];
    const { guarded } = await hardwareOnly({
      requestAdapter: () => Promise.resolve(answers.shift() ?? null),
    });
    assert.equal(await guarded.requestAdapter(), null);
    assert.equal(await guarded.requestAdapter(), null);
  });
});
