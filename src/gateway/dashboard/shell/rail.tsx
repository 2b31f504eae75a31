import type { JSX } from 'preact';
import { openBySeverity } from '../logic/alert-list.ts';
import { formatCount } from '../logic/format.ts';
import { PAGES, routeHref, type Page } from '../logic/route.ts';
import { useApp } from '../ui/context.ts';
import { Icon } from '../ui/icon.tsx';

const TITLES: Readonly<Record<Page, string>> = Object.freeze({
  overview: 'Overview',
  alerts: 'Alerts',
  actors: 'Actors',
  watches: 'Watches',
  services: 'Services',
  streams: 'Streams',
  models: 'Models',
});

/** The pages: on the left, or along the bottom of a phone. */
export function Rail(): JSX.Element {
  const app = useApp();
  const current = app.route.value.page;
  const counts = openBySeverity(app.alerts.shown.value.values());
  const open = counts.critical + counts.high + counts.medium + counts.low;
  return (
    <nav class="rail" aria-label="Pages">
      <a class="brand" href="#/overview" aria-label="Watchkeeper, to the overview">
        <Mark />
        <span>Watchkeeper</span>
      </a>
      <ul>
        {PAGES.map((page) => (
          <li key={page}>
            <a
              href={routeHref({ page })}
              aria-current={page === current ? 'page' : undefined}
              data-testid={`nav-${page}`}
            >
              <Icon name={page} size={20} />
              <span>{TITLES[page]}</span>
              {page === 'alerts' && open > 0 ? (
                <OpenCount open={open} urgent={counts.critical > 0} />
              ) : null}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function OpenCount({ open, urgent }: { open: number; urgent: boolean }): JSX.Element {
  return (
    <span class={`count${urgent ? ' urgent' : ''}`} data-testid="open-count">
      {formatCount(open)}
      <span class="visually-hidden"> open</span>
    </span>
  );
}

/** The sign of the product: a watch face that is also a pulse. */
export function Mark(): JSX.Element {
  return (
    <svg
      class="mark"
      width="26"
      height="26"
      viewBox="0 0 32 32"
      aria-hidden="true"
      focusable="false"
    >
      <rect width="32" height="32" rx="9" fill="var(--accent-strong)" />
      <path
        d="M5 17h5.5l2.5-7 4.5 13 3-8.5 1.3 2.5H27"
        fill="none"
        stroke="#fff"
        stroke-width="2.4"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
