import { Random } from '../../../src/core/random.ts';

/** Sessions after a grammar: open, some of read and write in pairs, sometimes a retry, close. */
export function sessions(count: number, seed = 1): Uint32Array[] {
  const random = new Random(seed, 'sessions');
  return Array.from({ length: count }, () => {
    const events = [10, 11];
    for (let round = random.integer(1, 4); round > 0; round -= 1) {
      events.push(20, 21);
      if (random.chance(0.3)) events.push(30, 20, 21);
    }
    return Uint32Array.from([...events, 40]);
  });
}

/** The same with one event put elsewhere, left out or unknown. */
export function oddSessions(count: number, seed = 2): Uint32Array[] {
  const random = new Random(seed, 'odd');
  return sessions(count, seed).map((session, index) => {
    const events = Array.from(session);
    const at = random.integer(0, events.length - 1);
    if (index % 3 === 0) events.splice(at, 1);
    else if (index % 3 === 1) events.splice(at, 0, 40);
    else events[at] = 999;
    return Uint32Array.from(events);
  });
}
