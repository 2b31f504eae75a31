import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Unpackr } from 'msgpackr';
import {
  artefactSteps,
  decodeArtefact,
  encodeArtefact,
  idSteps,
  metadataSteps,
  type Artefact,
} from '../../../src/ml/registry/artefact.ts';
import { readPlain } from '../../../src/ml/registry/plain-reader.ts';
import { writePlain } from '../../../src/ml/registry/plain-writer.ts';
import { atOnce } from '../../../src/core/steps.ts';
import { describe } from '../../support/suite.ts';

const SAMPLE: Omit<Artefact, 'id'> = {
  metadata: {
    name: 'vitals',
    kind: 'isolation_forest',
    features: { name: 'watch', version: 2, hash: 'abc' },
    dataHash: 'f'.repeat(64),
    parameters: { trees: 100, sample: 256, note: 'müsli' },
    metrics: { auc: 0.91 },
    parent: 'a'.repeat(64),
    backend: 'plain',
    createdAt: 1_700_000_000_000,
  },
  model: {
    kind: 'isolation_forest',
    version: 1,
    state: {
      splits: Float64Array.of(0.1, -0, Number.NaN, Infinity, 1e-308),
      features: Int32Array.of(-1, 2 ** 31 - 1),
      small: Float32Array.of(0.5),
      big: BigUint64Array.of(2n ** 64n - 1n),
      negativeZero: -0,
      texts: ['a', '', 'π'],
      nested: { empty: {}, none: null, yes: true, no: false },
    },
  },
  calibrator: { kind: 'spot', version: 1, state: { tail: new Float64Array(3) } },
};

const { id, bytes } = encodeArtefact(SAMPLE);
const INVALID = { code: 'MODEL_INVALID' };

describe('artefacts', (it) => {
  it('come back as they were, typed arrays and the sign of zero included', () => {
    assert.deepEqual(decodeArtefact(bytes), { id, ...SAMPLE });
    assert.deepEqual(atOnce(metadataSteps(bytes)), SAMPLE.metadata);
  });

  it('are read in parts however large they are, large arrays into memory that threads share', () => {
    const weights = new Float64Array(512 * 1024).fill(0.5);
    const many = Array.from({ length: 40_000 }, (_, at) => at);
    const state = { weights, many };
    const large = encodeArtefact({ ...SAMPLE, model: { ...SAMPLE.model, state } });
    const steps = artefactSteps(large.bytes);
    let parts = 1;
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) parts += 1;
    // 4 MiB are hashed twice, 256 KiB at a time, and copied a MiB at a time; 4,096 values are one part.
    assert.ok(parts >= 2 * 16 + 4 + 9, String(parts));
    assert.deepEqual(step.value.model.state, state);
    const read = (step.value.model.state as { weights: Float64Array }).weights;
    assert.ok(read.buffer instanceof SharedArrayBuffer);
    assert.deepEqual(decodeArtefact(large.bytes), step.value);
  });

  it('have the same id for the same content, another for other content', () => {
    assert.equal(encodeArtefact(structuredClone(SAMPLE)).id, id);
    assert.equal(atOnce(idSteps(bytes)), id);
    const other = { ...SAMPLE, metadata: { ...SAMPLE.metadata, createdAt: 1 } };
    assert.notEqual(encodeArtefact(other).id, id);
  });

  it('are told apart from anything that differs by one bit', () => {
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = new Uint8Array(bytes);
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      assert.throws(() => decodeArtefact(changed), INVALID, `bit ${bit}`);
    }
  });

  it('are refused when cut off or followed by more', () => {
    for (let length = 0; length < bytes.length; length += 1) {
      assert.throws(() => decodeArtefact(bytes.subarray(0, length)), INVALID, `${length} bytes`);
    }
    assert.throws(() => decodeArtefact(Buffer.concat([bytes, Buffer.of(0)])), INVALID);
  });

  it('are refused when foreign or too large, saying nothing of the content', () => {
    const secret = 'Zq9CanaryPayloadX7';
    for (const foreign of [Buffer.from(secret.repeat(9)), Buffer.alloc(64 * 1024 * 1024 + 1)]) {
      assert.throws(
        () => decodeArtefact(foreign),
        (error: Error) => !error.message.includes(secret),
      );
    }
  });

  it('need metadata that is complete', () => {
    const table: readonly (readonly [string, unknown])[] = [
      ['name', 'No Name'],
      ['name', '../up'],
      ['kind', undefined],
      ['features', { name: 'x', version: 1.5, hash: '' }],
      ['dataHash', 7],
      ['parameters', []],
      ['metrics', { auc: Number.NaN }],
      ['metrics', new Float64Array(2)],
      ['parent', 'abc'],
      ['backend', 'x'.repeat(201)],
      ['createdAt', -1],
      ['createdAt', Number.NaN],
    ];
    for (const [key, value] of table) {
      const metadata = { ...SAMPLE.metadata, [key]: value };
      assert.throws(() => encodeArtefact({ ...SAMPLE, metadata } as never), INVALID, key);
    }
  });
});

const scalar = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.double(),
  fc.integer(),
  fc.string({ unit: 'grapheme' }),
);
const typed = fc.oneof(
  fc.float64Array(),
  fc.float32Array(),
  fc.int8Array(),
  fc.uint8ClampedArray(),
  fc.uint16Array(),
  fc.int32Array(),
  fc.bigUint64Array(),
);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    scalar,
    typed,
    fc.array(tie('tree'), { maxLength: 5 }),
    fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      tie('tree'),
      { maxKeys: 5, noNullPrototype: true },
    ),
  ),
}));

describe('plain data', (it) => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(tree, (value) => {
        assert.deepEqual(readPlain(writePlain(value)), value);
      }),
    );
  });

  it('is msgpack that others read', () => {
    const others = new Unpackr({ moreTypes: true, mapsAsObjects: true });
    const value = { a: [1, -2.5, 'x', null, true], t: Float64Array.of(1, 2), i: Int8Array.of(-1) };
    assert.deepEqual(others.unpack(writePlain(value)), value);
  });

  it('keeps the bits of every NaN in typed arrays', () => {
    const words = Uint32Array.of(0x7fc00001, 0xffc12345);
    const back = readPlain(writePlain(new Float32Array(words.buffer))) as Float32Array;
    assert.deepEqual(new Uint32Array(back.buffer), words);
  });

  it('is refused when it is not plain', () => {
    const deep = Array.from({ length: 40 }).reduce<unknown>((inner) => [inner], 0);
    const others: readonly unknown[] = [
      undefined,
      [undefined],
      1n,
      () => 1,
      new Date(),
      new Map(),
      new DataView(new ArrayBuffer(1)),
      JSON.parse('{"__proto__": 1}'),
      '\ud800',
      deep,
    ];
    for (const value of others) assert.throws(() => writePlain(value), INVALID);
  });

  it('is refused, never half read, from any bytes that are not it', () => {
    const valid = writePlain(SAMPLE.model);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(valid.length - 1), (noise, at) => {
        const mixed = Buffer.concat([valid.subarray(0, at), noise]);
        for (const bytes of [noise, mixed]) {
          try {
            readPlain(bytes);
          } catch (error) {
            assert.equal((error as { code?: string }).code, 'MODEL_INVALID');
          }
        }
      }),
    );
  });

  it('makes nothing from a length that the bytes cannot hold', () => {
    for (const type of [0xdb, 0xdd, 0xdf, 0xc9]) {
      assert.throws(() => readPlain(Uint8Array.of(type, 0xff, 0xff, 0xff, 0xff, 0)), INVALID);
    }
    const nested = Buffer.concat(Array.from({ length: 40 }, () => Buffer.of(0xdd, 0, 0, 0, 1)));
    assert.throws(() => readPlain(Buffer.concat([nested, Buffer.of(0)])), INVALID);
    const twice = Buffer.from('df00000002' + 'db0000000161' + '01' + 'db0000000161' + '02', 'hex');
    assert.throws(() => readPlain(twice), INVALID);
  });
});
