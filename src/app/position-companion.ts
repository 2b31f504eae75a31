import type { Companion } from '../actors/engine-options.ts';
import { packPart, unpackPart } from '../actors/entry-codec.ts';
import type { SourcePositions } from '../gateway/sources/positions.ts';

const PREFIX = 'position/';

/** How far sources were taken in, as parts of the site's snapshots. */
export function positionCompanion(positions: SourcePositions): Companion {
  return {
    prefix: PREFIX,
    *dirtyParts() {
      for (const part of positions.takeDirty()) {
        yield [`${PREFIX}${part}`, packPart(positions.part(part))] as const;
      }
    },
    restorePart: (_, bytes) => {
      positions.restore(unpackPart(bytes));
    },
    apply: (entry) => {
      positions.apply(entry);
    },
  };
}
