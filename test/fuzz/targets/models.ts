import { createHash } from 'node:crypto';
import { decodeArtefact, encodeArtefact } from '../../../src/ml/registry/artefact.ts';
import { openStages, sealStages } from '../../../src/ml/registry/stage-document.ts';
import { enter, move, noStages } from '../../../src/ml/registry/stages.ts';
import { jsonMutators } from '../mutators/json.ts';
import { msgpackMutators } from '../mutators/msgpack.ts';
import { MARKER, type FuzzTarget } from '../target.ts';

const LENGTHS = 12;
const DIGEST = 24;
const HEAD = 56;

const { bytes: ARTEFACT } = encodeArtefact({
  metadata: {
    name: 'vitals',
    kind: 'stand_in',
    features: { name: 'watch', version: 1, hash: 'ab' },
    dataHash: 'cd',
    parameters: { trees: 3, note: MARKER },
    metrics: { auc: 0.5 },
    backend: 'plain',
    createdAt: 5,
  },
  model: {
    kind: 'stand_in',
    version: 1,
    state: { weights: Float64Array.of(1, -0, Infinity), ids: Int32Array.of(7), names: [MARKER] },
  },
  calibrator: { kind: 'surprise', version: 1, state: { pending: new Float64Array(2) } },
});

/** Lets the model take the bytes that were added or lost, and makes the digest fit. */
function repair(input: Uint8Array): Uint8Array {
  if (input.length < HEAD) return input;
  const bytes = Buffer.from(input);
  const others = bytes.readUInt32BE(LENGTHS) + bytes.readUInt32BE(LENGTHS + 8);
  bytes.writeUInt32BE(Math.max(0, bytes.length - HEAD - others), LENGTHS + 4);
  const digest = createHash('sha256')
    .update(bytes.subarray(0, DIGEST))
    .update(bytes.subarray(HEAD));
  digest.digest().copy(bytes, DIGEST);
  return new Uint8Array(bytes);
}

export const modelArtefact: FuzzTarget = {
  run: (input) => decodeArtefact(input),
  seeds: [ARTEFACT],
  dictionary: [
    Uint8Array.of(0xc9, 0, 0, 0, 9, 0x74, 8),
    Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff),
  ],
  mutators: msgpackMutators(['name', 'kind', 'version', 'state', 'metrics', 'parameters']),
  repair,
};

/** Signs nothing and trusts all, so that what stands behind the signature is read too. */
const TRUSTING = {
  id: 'key',
  sign: () => new Uint8Array(64),
  verify: () => true,
};

function stages(): string {
  const [id, by, why] = ['a'.repeat(64), 'ana', MARKER];
  const entered = enter(noStages('vitals'), { id, at: 1, by, why });
  return sealStages(move(entered, { id, to: 'canary', share: 0.5, at: 2, by, why }), TRUSTING);
}

export const modelStages: FuzzTarget = {
  run: (input) => openStages(Buffer.from(input).toString('utf8'), 'vitals', TRUSTING),
  seeds: [stages()],
  dictionary: ['"rollback":true', '"stage":"live"', '"history":[]'],
  mutators: jsonMutators(['name', 'revision', 'models', 'history', 'stage', 'share', 'signature']),
};
