import type { Ledger } from '../../../model/ledger.ts';

export type LedgerPartName = 'stored' | 'pending' | 'shed' | 'quarantined';

interface LedgerPart {
  readonly name: LedgerPartName;
  readonly value: number;
  /** 0 to 1 of what was accepted. */
  readonly share: number;
}

export interface LedgerBalance {
  readonly parts: readonly LedgerPart[];
  readonly duplicates: number;
  readonly rejected: number;
  /** Frames that are nowhere in the ledger; 0 when it balances. */
  readonly missing: number;
  readonly balances: boolean;
}

/** Where every received frame ended, and whether the sums agree. */
export function balanceLedger(ledger: Ledger): LedgerBalance {
  const shed = sum(Object.values(ledger.shed));
  const rejected = sum(Object.values(ledger.rejected));
  const values: Readonly<Record<LedgerPartName, number>> = {
    stored: ledger.stored,
    pending: ledger.pending,
    shed,
    quarantined: ledger.quarantined,
  };
  const inside = sum(Object.values(values));
  const missing =
    Math.abs(ledger.accepted - inside) +
    Math.abs(ledger.received - ledger.accepted - ledger.duplicates - rejected);
  return {
    parts: (['stored', 'pending', 'shed', 'quarantined'] as const).map((name) => ({
      name,
      value: values[name],
      share: inside === 0 ? 0 : values[name] / inside,
    })),
    duplicates: ledger.duplicates,
    rejected,
    missing,
    balances: missing === 0,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
