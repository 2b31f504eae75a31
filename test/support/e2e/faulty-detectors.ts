import type { Detector, DetectorSet } from '../../../src/streams/detector.ts';

/** A record with this in its message makes `error_spike` throw. */
export const MARK = 'PLANTED-FAULT';

/** The set with a bug planted in its error_spike. */
export function faulty(set: DetectorSet): DetectorSet {
  const plant = (detector: Detector): Detector =>
    detector.id === 'error_spike' ? wrap(detector) : detector;
  return {
    hash: set.hash,
    expectedServices: set.expectedServices,
    detectors: set.detectors.map(plant),
    forKind: (kind) => set.forKind(kind).map(plant),
  };
}

const wrapped = new WeakMap<Detector, Detector>();

function wrap(detector: Detector): Detector {
  const known = wrapped.get(detector);
  if (known !== undefined) return known;
  const made: Detector = {
    ...detector,
    detect: (state, input) => {
      if (input.type === 'records' && input.records.some(({ message }) => message.includes(MARK))) {
        throw new RangeError('The planted bug.');
      }
      return detector.detect(state, input);
    },
  };
  wrapped.set(detector, made);
  return made;
}
