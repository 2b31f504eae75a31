import { useRef, useState } from 'preact/hooks';
import type { JSX } from 'preact';
import { formatSpan } from '../logic/format.ts';
import { routeHref, type Page } from '../logic/route.ts';
import { PageView } from '../pages/page-view.tsx';
import { useApp } from '../ui/context.ts';
import { useKeys } from '../ui/use-keys.ts';
import { HelpDialog } from './help-dialog.tsx';
import { Rail } from './rail.tsx';
import { TopBar } from './top-bar.tsx';

/** The frame around every page. What is shown stays when the feed is lost, greyed and with its age. */
export function Shell(): JSX.Element {
  const app = useApp();
  const [help, setHelp] = useState(false);
  useShellKeys(() => {
    setHelp(true);
  });
  const link = app.link.value;
  const old = link === 'stale' || link === 'down';
  return (
    <div class="app">
      <a class="skip" href="#main" onClick={skipToMain}>
        To the content
      </a>
      <Rail />
      <TopBar
        onHelp={() => {
          setHelp(true);
        }}
      />
      <main id="main" tabIndex={-1} class={old ? 'old' : ''}>
        {old ? <OldData silence={app.silence.value} retry={app.retryNow} /> : null}
        <PageView route={app.route.value} />
      </main>
      <Toasts />
      <div class="visually-hidden" aria-live="assertive" data-testid="announcer">
        {app.alerts.announced.value}
      </div>
      <HelpDialog
        open={help}
        onClose={() => {
          setHelp(false);
        }}
      />
    </div>
  );
}

function skipToMain(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

function OldData({ silence, retry }: { silence: number; retry: () => void }): JSX.Element {
  return (
    <div class="old-note" role="status" data-testid="old-note">
      <span>No connection to the site. What you see is as of {formatSpan(silence)} ago.</span>
      <button type="button" class="button small" onClick={retry}>
        Connect now
      </button>
    </div>
  );
}

function Toasts(): JSX.Element {
  const app = useApp();
  return (
    <div class="toasts" role="status" aria-live="polite" data-testid="toasts">
      {app.toasts.value.map((toast) => (
        <div key={toast.id} class={`toast ${toast.tone}`}>
          {toast.text}
        </div>
      ))}
    </div>
  );
}

const GO: Readonly<Record<string, Page>> = Object.freeze({
  o: 'overview',
  a: 'alerts',
  t: 'actors',
  w: 'watches',
  s: 'services',
  m: 'streams',
  l: 'models',
});

/** `g` and a letter goes to a page, within a second and a half. */
const CHORD_MS = 1500;

function useShellKeys(showHelp: () => void): void {
  const chordAt = useRef(-Infinity);
  const go = (page: Page) => (): boolean => {
    const isChord = performance.now() - chordAt.current <= CHORD_MS;
    chordAt.current = -Infinity;
    if (isChord) location.hash = routeHref({ page });
    return isChord;
  };
  const letters = Object.entries(GO).map(([letter, page]) => [letter, go(page)] as const);
  useKeys(
    {
      '?': showHelp,
      '/': () => {
        document.querySelector<HTMLInputElement>('[data-filter]')?.focus();
      },
      g: () => {
        chordAt.current = performance.now();
      },
      ...Object.fromEntries(letters),
    },
    { first: true },
  );
}
