import type { JSX } from 'preact';
import { formatSpan, formatTime } from '../logic/format.ts';
import type { LinkState } from '../logic/link-state.ts';
import type { Theme } from '../state/theme.ts';
import { useApp } from '../ui/context.ts';
import { Icon, type IconName } from '../ui/icon.tsx';

/** Which site, what time it has, whether this is live, and the settings of this browser. */
export function TopBar({ onHelp }: { onHelp: () => void }): JSX.Element {
  const app = useApp();
  const site = app.site.value;
  const link = app.link.value;
  return (
    <header class="top-bar">
      <span class="site" title="Site">
        <span class="visually-hidden">Site </span>
        <strong data-testid="site-name">{site?.name ?? '…'}</strong>
      </span>
      <LinkPill state={link} silence={link === 'live' ? 0 : app.silence.value} />
      <span class="spacer" />
      {app.route.value.page === 'overview' ? null : <SiteClock now={app.now.value} />}
      {site === undefined ? null : <span class="role chip">{site.role}</span>}
      <Buttons onHelp={onHelp} />
    </header>
  );
}

function SiteClock({ now }: { now: number }): JSX.Element {
  return (
    <time class="top-clock mono" title="Site clock, UTC">
      {formatTime(now)}
      <small> UTC</small>
    </time>
  );
}

function Buttons({ onHelp }: { onHelp: () => void }): JSX.Element {
  const { theme, signOut } = useApp();
  return (
    <>
      <ThemeButton
        theme={theme.theme.value}
        onClick={() => {
          theme.next();
        }}
      />
      <button
        type="button"
        class="icon-button help-button"
        onClick={onHelp}
        aria-label="Keyboard help"
      >
        <Icon name="help" />
      </button>
      <button
        type="button"
        class="icon-button"
        onClick={signOut}
        aria-label="Sign out"
        data-testid="sign-out"
      >
        <Icon name="exit" />
      </button>
    </>
  );
}

const LINK_WORDS: Readonly<Record<LinkState, string>> = Object.freeze({
  connecting: 'Connecting',
  live: 'Live',
  stale: 'Stale',
  down: 'Down',
});

/** Whether what is shown is what is happening. */
function LinkPill({ state, silence }: { state: LinkState; silence: number }): JSX.Element {
  const age = state === 'stale' || state === 'down' ? `, as of ${formatSpan(silence)} ago` : '';
  return (
    <span class={`pill link-${state}`} data-testid="link-state" data-link={state}>
      <span class="pill-dot" />
      <span>
        {LINK_WORDS[state]}
        <span class="pill-age">{age}</span>
      </span>
    </span>
  );
}

const THEME_ICONS: Readonly<Record<Theme, IconName>> = Object.freeze({
  system: 'system',
  light: 'sun',
  dark: 'moon',
});

function ThemeButton({ theme, onClick }: { theme: Theme; onClick: () => void }): JSX.Element {
  return (
    <button
      type="button"
      class="icon-button"
      onClick={onClick}
      aria-label={`Colours: ${theme}. Change`}
      title={`Colours: ${theme}`}
      data-testid="theme-button"
    >
      <Icon name={THEME_ICONS[theme]} />
    </button>
  );
}
