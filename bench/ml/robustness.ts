// What ships, on copies of the data that mean the same in other units, at
// other times and in another order, and on copies that differ a little: other
// pace, repeated rows, noise, other seeds. Nothing is chosen anew for a copy.
import { adbenchCopies } from '../support/ml/copies-adbench.ts';
import { fitbitCopies } from '../support/ml/copies-fitbit.ts';
import { nabCopies } from '../support/ml/copies-nab.ts';
import { telemetryCopies } from '../support/ml/copies-telemetry.ts';
import { copyFigures } from '../support/ml/copies.ts';
import type { MlPart } from '../support/ml/part.ts';

export const part: MlPart = {
  name: 'robustness',
  run: (context) =>
    [
      nabCopies(context),
      telemetryCopies(context, { name: 'ASD', prefix: 'omi-', most: 3 }),
      telemetryCopies(context, { name: 'SMD', prefix: 'machine-', most: 1 }),
      fitbitCopies(context),
      ...adbenchCopies(context),
    ].flatMap((copied) => (copied === undefined ? [] : copyFigures(copied))),
};
