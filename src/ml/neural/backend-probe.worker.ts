import { constants, setPriority } from 'node:os';
import type { BackendName } from './backend.ts';
import { probeHere } from './backend-probe.ts';
import { quietTensorflow } from './quiet-tensorflow.ts';

/** Runs in a process of its own, forked with the backend's name; answers once and waits to be ended. */
if (process.send !== undefined) {
  quietTensorflow();
  // A site that asks while it works loses nothing to it.
  setPriority(constants.priority.PRIORITY_LOW);
  const answer = await probeHere(process.argv[2] as BackendName);
  process.send(answer);
}
