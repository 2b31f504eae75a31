import type { Random } from '../../core/random.ts';
import type { Sequences } from '../sequences/sequence-model.ts';

/** Sessions that are wrong in three ways, one list each: an event left out, one put in, two in the other order. */
export function plantedSessions(sessions: Sequences, random: Random): readonly Sequences[] {
  const anyEvent = (): number => {
    const session = sessions[random.integer(0, sessions.length - 1)];
    return session?.[random.integer(0, Math.max(0, session.length - 1))] ?? 0;
  };
  const place = (length: number): number => random.integer(0, Math.max(0, length - 1));
  const without = (session: Uint32Array): Uint32Array => {
    const at = place(session.length);
    return session.filter((_, index) => index !== at);
  };
  const withOneMore = (session: Uint32Array): Uint32Array => {
    const events = Array.from(session);
    events.splice(place(session.length), 0, anyEvent());
    return Uint32Array.from(events);
  };
  const swapped = (session: Uint32Array): Uint32Array => {
    const events = session.slice();
    const at = place(session.length - 1);
    const [one, other] = [events[at], events[at + 1]];
    if (one !== undefined && other !== undefined) events.set([other, one], at);
    return events;
  };
  return [without, withOneMore, swapped].map((wrong) => sessions.map(wrong));
}
