import { WatchkeeperError } from '../../core/errors.ts';

/** What `fit` of a neural model throws: it would hold up the thread it is called on. */
export function fitRefusal(kind: string): WatchkeeperError {
  return new WatchkeeperError('MODEL_FAILED', `The ${kind} model is not trained on this thread.`, {
    fix: 'Use `train` of its kind, which takes a trainer.',
  });
}
