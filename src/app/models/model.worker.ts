import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import type { Artefact } from '../../ml/registry/artefact.ts';
import { restoreScoring } from './scoring.ts';
import { THREAD_READY, type ThreadAnswer, type ThreadAsk } from './thread-model.ts';

/** Scores batches of one model beside the main thread. */
function serve(artefact: Artefact): void {
  const scoring = restoreScoring(artefact);
  parentPort?.on('message', ({ id, inputs }: ThreadAsk) => {
    let answer: ThreadAnswer = { id };
    try {
      answer = { id, scored: scoring.score(inputs) };
    } catch {
      // Rows that it cannot score: the scorer parts them from the others.
    }
    parentPort?.postMessage(answer);
  });
  parentPort?.postMessage(THREAD_READY);
}

if (!isMainThread) serve(workerData as Artefact);
