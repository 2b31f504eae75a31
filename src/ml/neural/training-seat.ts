import { startWorker } from '../../core/worker-thread.ts';
import { isNative, type BackendName } from './backend.ts';
import { buffersOf, type TrainingNews, type TrainingOrder } from './training-job.ts';
import { forkWorker } from './worker-process.ts';

/** Where training runs: a thread, or a process for native code. */
export interface TrainingSeat {
  /** Hands a job over, its arrays with it. */
  send(order: TrainingOrder): void;
  /** Ends it at once, whatever it does. */
  end(): Promise<void>;
}

export interface SeatListeners {
  onNews(news: TrainingNews): void;
  /** It ended without being told to. */
  onEnd(why: string): void;
}

export type OpenSeat = (backend: BackendName, listeners: SeatListeners) => TrainingSeat;

const NAME = 'ml/neural/trainer';

export const openSeat: OpenSeat = (backend, listeners) =>
  isNative(backend) ? processSeat(listeners) : threadSeat(listeners);

function threadSeat({ onNews, onEnd }: SeatListeners): TrainingSeat {
  const worker = startWorker(NAME, undefined);
  worker.on('message', onNews);
  worker.on('error', ({ message }) => {
    onEnd(message);
  });
  worker.on('exit', (code) => {
    onEnd(`exit code ${code}`);
  });
  return {
    send(order) {
      worker.postMessage(order, buffersOf(order.job));
    },
    async end() {
      worker.removeAllListeners();
      await worker.terminate();
    },
  };
}

function processSeat({ onNews, onEnd }: SeatListeners): TrainingSeat {
  const child = forkWorker(NAME);
  child.on('message', (news) => {
    onNews(news as TrainingNews);
  });
  child.on('error', ({ message }) => {
    onEnd(message);
  });
  child.on('exit', (code, signal) => {
    onEnd(signal ?? `exit code ${String(code)}`);
  });
  return {
    send(order) {
      child.send(order);
    },
    end() {
      child.removeAllListeners();
      if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
      return new Promise((resolve) => {
        child.once('exit', () => {
          resolve();
        });
        child.kill('SIGKILL');
      });
    },
  };
}
