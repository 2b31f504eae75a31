import type { JSX } from 'preact';

const PATHS = {
  overview: 'M3 13h8V3H3v10Zm10 8h8V11h-8v10ZM3 21h8v-6H3v6ZM13 3v6h8V3h-8Z',
  alerts: 'M6 9a6 6 0 1 1 12 0c0 6 2 7 2 8H4c0-1 2-2 2-8Zm4 11a2.2 2.2 0 0 0 4 0',
  actors: 'M12 3v6M12 9H5v4m7-4h7v4M12 9v4M3 13h4v4H3zm7 0h4v4h-4zm7 0h4v4h-4z',
  watches: 'M8 7 9 2h6l1 5m-8 10 1 5h6l1-5M12 17a5 5 0 1 0 0-10 5 5 0 0 0 0 10Zm0-8v3l2 1',
  services: 'M4 4h16v6H4zm0 10h16v6H4zM8 7h.01M8 17h.01M12 7h5m-5 10h5',
  streams: 'M3 6h4c7 0 3 12 10 12h4M3 18h4c2 0 3-1 3.6-2.6M13.4 8.6C14 7 15 6 17 6h4',
  models:
    'M6 9a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Zm0 11a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Zm12-5.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM8.3 7.6l7.4 3.4m-7.4 5.4 7.4-3.4',
  critical: 'M8 2h8l6 6v8l-6 6H8l-6-6V8l6-6Zm4 5v6m0 4h.01',
  high: 'M12 3 2 20h20L12 3Zm0 7v4m0 3h.01',
  medium: 'M12 2 2 12l10 10 10-10L12 2Zm0 6v5m0 3h.01',
  low: 'M12 22a10 10 0 1 0 0-20 10 10 0 0 0 0 20Zm0-11v6m0-10h.01',
  check: 'm5 12.5 4.5 4.5L19 7.5',
  cross: 'M6 6l12 12M18 6 6 18',
  chevron: 'm9 6 6 6-6 6',
  back: 'm15 6-6 6 6 6',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm5-2 5 5',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  moon: 'M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5Z',
  sun: 'M12 17a5 5 0 1 0 0-10 5 5 0 0 0 0 10Zm0-15v2m0 16v2M2 12h2m16 0h2M5 5l1.4 1.4m11.2 11.2L19 19M5 19l1.4-1.4M17.6 6.4 19 5',
  system: 'M3 4h18v12H3zm6 17h6m-3-5v5',
  help: 'M12 22a10 10 0 1 0 0-20 10 10 0 0 0 0 20ZM9.3 9a2.8 2.8 0 1 1 4 2.8c-.9.4-1.3 1-1.3 2m0 3.2h.01',
  exit: 'M10 4H5v16h5m4-4 4-4-4-4m4 4H9',
  battery: 'M3 8h15v8H3zm17 2h1v4h-1',
} as const;

export type IconName = keyof typeof PATHS;

/** A line drawing beside words; never the only carrier of a meaning. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }): JSX.Element {
  return (
    <svg
      class="icon"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="1.8"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
