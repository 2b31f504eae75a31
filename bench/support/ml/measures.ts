export { averagePrecision, f1At, rocAuc } from '../../../src/ml/measures.ts';
