import type { Companion } from '../actors/engine-options.ts';
import { SESSION_PARTS, type SessionTable } from '../gateway/device/sessions.ts';

/** The gateway's session table as a part of the site's snapshots. */
export function sessionCompanion(sessions: SessionTable): Companion {
  return {
    prefix: 'session/',
    *dirtyParts() {
      for (let part = 0; part < SESSION_PARTS; part += 1) {
        if (sessions.isDirty(part)) yield [`session/${part}`, sessions.snapshot(part)] as const;
      }
    },
    restorePart: (_, bytes) => {
      sessions.restore(bytes);
    },
    apply: (entry) => {
      sessions.apply(entry);
    },
  };
}
