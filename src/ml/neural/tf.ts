import type * as TfCore from '@tensorflow/tfjs-core';

/**
 * The module `@tensorflow/tfjs-core` with a backend set. Only files that get
 * it handed over use it, so that nothing loads it that does not train.
 */
export type Tf = typeof TfCore;
