import { isMainThread, parentPort } from 'node:worker_threads';
import { messageOf } from '../../core/errors.ts';
import { loadBackend, type LoadedBackend } from './load-backend.ts';
import { quietTensorflow } from './quiet-tensorflow.ts';
import { buffersOf, trainJob, type TrainingNews, type TrainingOrder } from './training-job.ts';

type Send = (news: TrainingNews) => void;

let loading: Promise<LoadedBackend> | undefined;

async function work({ id, backend, job }: TrainingOrder, send: Send): Promise<void> {
  try {
    loading ??= loadBackend(backend);
    const { tf } = await loading;
    const result = await trainJob(tf, job, {
      onEpoch: (progress) => {
        send({ id, progress });
        // Lets the message out before the next pass.
        return new Promise((resolve) => setImmediate(resolve));
      },
    });
    const { heapUsed, external } = process.memoryUsage();
    send({ id, result, bytes: heapUsed + external });
  } catch (error) {
    send({ id, failed: messageOf(error) });
  }
}

if (parentPort !== null) {
  const port = parentPort;
  port.on('message', (order: TrainingOrder) => {
    void work(order, (news) => {
      port.postMessage(news, buffersOf('result' in news ? news.result : undefined));
    });
  });
} else if (isMainThread && process.send !== undefined) {
  quietTensorflow();
  process.on('message', (order) => {
    void work(order as TrainingOrder, (news) => process.send?.(news));
  });
  // The process that wanted the training is gone.
  process.on('disconnect', () => process.exit());
}
