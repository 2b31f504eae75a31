import { parentPort, workerData } from 'node:worker_threads';
import { isWatchkeeperError, messageOf } from '../../core/errors.ts';
import { runTraining } from './run-training.ts';
import type { TrainingNews, TrainingRequest } from './training-request.ts';

/** Trains one model and ends. */
async function main(): Promise<void> {
  const say = (news: TrainingNews): void => parentPort?.postMessage(news);
  try {
    const result = await runTraining(workerData as TrainingRequest, say);
    say({ type: 'done', ...result });
  } catch (error) {
    const isKnown = isWatchkeeperError(error);
    const code = isKnown ? error.code : 'INTERNAL';
    say({ type: 'failed', code, message: messageOf(error), fix: isKnown ? error.fix : undefined });
  }
}

await main();
