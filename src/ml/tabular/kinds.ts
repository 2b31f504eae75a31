import { halfSpaceTrees } from './half-space-trees.ts';
import { isolationForest } from './isolation-forest.ts';
import { localOutlierFactor } from './local-outlier-factor.ts';
import { nearestNeighbours } from './nearest-neighbours.ts';
import { oneClassSvm } from './one-class-svm.ts';
import { oneClassSvmRff } from './one-class-svm-rff.ts';
import { sampledNeighbours } from './sampled-neighbours.ts';
import { tabularEnsemble } from './tabular-ensemble.ts';

/** Every kind of model of rows of features. */
export const TABULAR_KINDS = [
  isolationForest,
  nearestNeighbours,
  sampledNeighbours,
  localOutlierFactor,
  oneClassSvm,
  oneClassSvmRff,
  halfSpaceTrees,
  tabularEnsemble,
] as const;
