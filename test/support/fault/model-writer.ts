import { systemClock } from '../../../src/core/clock.ts';
import { openModelSigner } from '../../../src/security/model-signer.ts';
import { openFileShelf } from '../../../src/store/models/file-shelf.ts';
import { ModelRegistry } from '../../../src/ml/registry/model-registry.ts';
import { anArtefact } from '../../ml/registry/registry-contract.ts';

/** Puts and promotes versions until it is killed; prints each step once it is durable. */
const [folder = '', first = '0'] = process.argv.slice(2);
const shelf = await openFileShelf({ folder: `${folder}/models`, clock: systemClock });
const signer = await openModelSigner(folder);
const registry = new ModelRegistry({ shelf, signer, clock: systemClock });
const why = { by: 'writer', why: '' };
for (let seed = Number(first); ; seed += 1) {
  const { id } = await registry.put(anArtefact(seed).bytes, why);
  process.stdout.write(`put ${id}\n`);
  const { revision } = await registry.move('vitals', { id, to: 'live', ...why });
  process.stdout.write(`live ${id} ${revision}\n`);
}
