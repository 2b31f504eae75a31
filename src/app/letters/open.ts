import type { Engine } from '../../actors/engine.ts';
import { createGroupSealer } from '../../wire/group-sealer.ts';
import { createRecordDecoder } from '../../wire/records/decode.ts';
import { createOpener } from '../../wire/opener.ts';
import type { Parts } from '../parts.ts';
import { LetterReplay } from './letter-replay.ts';
import { sealerOf, type ReplayedLetters } from './replayed-letters.ts';

/** The replay of dead letters on a site's parts. */
export function letterReplay(
  { options, clock, store, intake, schema, redactor, keyRing }: Parts,
  { archivist }: Pick<Engine, 'archivist'>,
  replayed: ReplayedLetters,
): LetterReplay {
  const site = options.siteName;
  return new LetterReplay({
    clock,
    store: store.deadLetters,
    intake,
    archivist,
    replayed,
    tools: {
      schema,
      redactor,
      decoder: createRecordDecoder(schema, undefined, redactor),
      opener: createOpener({ site, keyRing }),
    },
    seal: (letter, service, payload) => {
      const { id, publicKey } = keyRing.current();
      const recipient = { id, publicKey };
      // A sealer of its own for each letter: keys, and with them nonces, are fresh even if it is sealed twice.
      return createGroupSealer({ site, recipient, gateway: sealerOf(letter), epoch: 1 }).seal(
        service,
        payload,
      );
    },
  });
}
