import type { JSX } from 'preact';
import type { Ledger } from '../../../../model/ledger.ts';
import { formatCount, plural } from '../../logic/format.ts';
import {
  balanceLedger,
  type LedgerBalance,
  type LedgerPartName,
} from '../../logic/ledger-balance.ts';
import { Icon } from '../../ui/icon.tsx';
import { Panel } from '../../ui/panel.tsx';

const MEANINGS: Readonly<Record<LedgerPartName, string>> = Object.freeze({
  stored: 'Stored',
  pending: 'On the way',
  shed: 'Shed under load',
  quarantined: 'Quarantined',
});

/** Every frame that came in, and where it ended: the sums are checked here again. */
export function LedgerPanel({ ledger }: { ledger: Ledger }): JSX.Element {
  const balance = balanceLedger(ledger);
  return (
    <Panel title="Loss ledger" aside={<Verdict balance={balance} />} testid="ledger">
      <div class="ledger-strip" role="img" aria-label={describe(ledger, balance)}>
        {balance.parts.map((part) =>
          part.value === 0 ? null : (
            <span key={part.name} class={`part-${part.name}`} style={{ flexGrow: part.share }} />
          ),
        )}
      </div>
      <dl class="ledger-parts">
        {balance.parts.map((part) => (
          <div key={part.name}>
            <dt>
              <span class={`swatch part-${part.name}`} />
              {MEANINGS[part.name]}
            </dt>
            <dd data-testid={`ledger-${part.name}`}>{formatCount(part.value)}</dd>
          </div>
        ))}
      </dl>
      <dl class="facts ledger-facts">
        <Fact name="Frames received" value={ledger.received} />
        <Fact name="Accepted" value={ledger.accepted} />
        <Fact name="Duplicates" value={balance.duplicates} />
        <Fact name="Rejected" value={balance.rejected} />
        <Fact name="Records stored" value={ledger.storedRecords} />
        <Fact name="Dropped at source" value={ledger.droppedAtSource} />
        <Fact name="Late records" value={ledger.lateRecords} />
        <Fact name="Clamped times" value={ledger.clampedRecords} />
      </dl>
    </Panel>
  );
}

function Verdict({ balance }: { balance: LedgerBalance }): JSX.Element {
  return balance.balances ? (
    <span class="verdict good" data-testid="ledger-verdict">
      <Icon name="check" size={15} />
      Balances
    </span>
  ) : (
    <span class="verdict bad" data-testid="ledger-verdict">
      <Icon name="high" size={15} />
      {plural(balance.missing, 'frame')} unaccounted for
    </span>
  );
}

function Fact({ name, value }: { name: string; value: number }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{formatCount(value)}</dd>
    </div>
  );
}

function describe(ledger: Ledger, balance: LedgerBalance): string {
  const parts = balance.parts.map(
    (part) => `${formatCount(part.value)} ${MEANINGS[part.name].toLowerCase()}`,
  );
  return `Of ${plural(ledger.accepted, 'accepted frame')}: ${parts.join(', ')}.`;
}
