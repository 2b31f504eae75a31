import { ERROR_CODES, type ErrorCode } from '../../core/error-codes.ts';
import { WatchkeeperError } from '../../core/errors.ts';
import { startWorker } from '../../core/worker-thread.ts';
import type { CliContext } from '../context.ts';
import { ExitWith } from '../exit.ts';
import type { TrainingResult } from './run-training.ts';
import type { TrainingNews, TrainingRequest } from './training-request.ts';

/** As a shell reports a program ended by SIGINT. */
const INTERRUPTED = 130;

/**
 * Trains on a thread of its own, so that the terminal stays alive and Ctrl-C
 * ends it at once: nothing is kept of what is not finished.
 * @throws ExitWith 130 when it was interrupted, and what the training throws
 */
export async function trainInThread(
  context: CliContext,
  request: TrainingRequest,
  onProgress: (stage: string, done: number, total: number) => void,
): Promise<TrainingResult> {
  const worker = startWorker('cli/models/train', request);
  let cancel: () => void = () => undefined;
  try {
    return await new Promise<TrainingResult>((resolve, reject) => {
      cancel = context.onStop(() => {
        reject(new ExitWith(INTERRUPTED));
      });
      worker.on('message', (news: TrainingNews) => {
        if (news.type === 'progress') onProgress(news.stage, news.done, news.total);
        else if (news.type === 'done') resolve(news);
        else reject(errorOf(news));
      });
      worker.on('error', reject);
      worker.on('exit', () => {
        reject(new WatchkeeperError('MODEL_FAILED', 'The training ended before its time.'));
      });
    });
  } finally {
    cancel();
    await worker.terminate();
  }
}

function errorOf({ code, message, fix }: TrainingNews & { type: 'failed' }): WatchkeeperError {
  const known = Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : 'INTERNAL';
  return new WatchkeeperError(known, message, fix === undefined ? {} : { fix });
}
