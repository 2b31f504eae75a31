import type { Archivist } from '../../actors/archivist.ts';
import type { Clock } from '../../core/clock.ts';
import type { DeadLetter, DeadLetterStore } from '../../store/store.ts';

export interface Refold {
  readonly store: DeadLetterStore;
  readonly archivist: Pick<Archivist, 'bury'>;
  readonly clock: Clock;
  /** Entries after this were folded again. */
  readonly base: number;
  /** Letters that the fold wrote again. */
  readonly buried: ReadonlySet<string>;
}

const OF_THE_FOLD: ReadonlySet<string> = new Set(['open', 'validate']);

/**
 * A recovery folds the newest entries again, and if the keys or the program
 * were mended meanwhile it stores records that were dead letters before (the
 * schema is that of their time). Their letters are marked, so that nobody
 * takes them in a second time.
 */
export async function settleRefolded({
  store,
  archivist,
  clock,
  base,
  buried,
}: Refold): Promise<number> {
  let settled = 0;
  let cursor: string | undefined;
  do {
    const page = await store.list({ limit: 1_000, ...(cursor === undefined ? {} : { cursor }) });
    for (const letter of page.letters) {
      if (!isRefolded(letter, base) || buried.has(letter.id)) continue;
      archivist.bury({ ...letter, replayed: { lsn: letter.lsn, at: clock.now() } });
      settled += 1;
    }
    cursor = (page.letters.at(-1)?.lsn ?? 0) > base ? page.cursor : undefined;
  } while (cursor !== undefined);
  return settled;
}

function isRefolded({ id, lsn, stage, replayed }: DeadLetter, base: number): boolean {
  const isOwn = id.startsWith(`${lsn}.`) && OF_THE_FOLD.has(stage);
  return isOwn && lsn > base && replayed === undefined;
}
