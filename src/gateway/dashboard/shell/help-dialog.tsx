import { useEffect, useRef } from 'preact/hooks';
import type { JSX } from 'preact';

const KEYS: readonly (readonly [string, string])[] = [
  ['g then o a t w s m l', 'Overview, Alerts, Actors (tree), Watches, Services, Streams, Models'],
  ['/', 'To the filter of the page'],
  ['j k', 'Next and previous alert'],
  ['Enter', 'Open the first alert, or the details of an actor'],
  ['a', 'Acknowledge the chosen alert'],
  ['r', 'Resolve the chosen alert'],
  ['↑ ↓ Home End', 'Move in the actor tree'],
  ['← →', 'Collapse and expand in the actor tree'],
  ['Esc', 'Close what is open'],
  ['?', 'This help'],
];

/** The keys that work, in one place. */
export function HelpDialog({ open, onClose }: { open: boolean; onClose: () => void }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (open && element?.open === false) element.showModal();
    if (!open && element?.open === true) element.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      class="help"
      aria-labelledby="help-title"
      onClose={onClose}
      data-testid="help"
    >
      <h2 id="help-title">Keyboard</h2>
      <dl>
        {KEYS.map(([keys, meaning]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <button type="button" class="button" onClick={onClose}>
        Close
      </button>
    </dialog>
  );
}
