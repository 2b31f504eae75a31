import { useState } from 'preact/hooks';
import type { JSX } from 'preact';
import { messageOf } from '../../../../core/errors.ts';
import { ALERT_LABELS, type Alert, type AlertLabel } from '../../../../model/alert.ts';
import { useApp } from '../../ui/context.ts';

const WORDS: Readonly<Record<AlertLabel, string>> = Object.freeze({
  useful: 'Useful',
  false: 'False alarm',
  expected: 'Expected',
});

/** Was it worth it? Asked at any time, also when the alert is resolved; the last answer counts. */
export function AlertLabels({ alert }: { alert: Alert }): JSX.Element | null {
  const app = useApp();
  const { give, isPending } = useLabel(alert.id);
  if (!app.mayAct.value) return null;
  return (
    <div class="labels" role="group" aria-label="Was it worth it?" data-testid="labels">
      <span class="muted" aria-hidden="true">
        Was it worth it?
      </span>
      {ALERT_LABELS.map((label) => (
        <button
          key={label}
          type="button"
          class="button small"
          aria-pressed={alert.label === label}
          aria-disabled={isPending}
          data-testid={`label-${label}`}
          onClick={() => {
            give(label);
          }}
        >
          {WORDS[label]}
        </button>
      ))}
    </div>
  );
}

function useLabel(alert: string): {
  readonly give: (label: AlertLabel) => void;
  readonly isPending: boolean;
} {
  const app = useApp();
  const [isPending, setPending] = useState(false);
  const give = (label: AlertLabel): void => {
    // Not disabled meanwhile: the focus would be lost.
    if (isPending) return;
    setPending(true);
    const told = app.alerts.label(alert, label).then(
      () => {
        app.say(`Labelled: ${WORDS[label].toLowerCase()}.`);
      },
      (error: unknown) => {
        app.say(`Not labelled: ${messageOf(error)}`, 'error');
      },
    );
    void told.finally(() => {
      setPending(false);
    });
  };
  return { give, isPending };
}
