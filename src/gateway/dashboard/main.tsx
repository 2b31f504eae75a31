import { render } from 'preact';
import type { JSX } from 'preact';
import { Shell } from './shell/shell.tsx';
import { SignIn } from './shell/sign-in.tsx';
import { createApp } from './state/app.ts';
import { browserClock } from './state/browser-clock.ts';
import { AppContext, useApp } from './ui/context.ts';

/** Draws the dashboard into `#app`. */
export function start(browser: Window & typeof globalThis): void {
  const root = browser.document.getElementById('app');
  if (root === null) return;
  const app = createApp(browser, browserClock);
  render(
    <AppContext.Provider value={app}>
      <Root />
    </AppContext.Provider>,
    root,
  );
}

function Root(): JSX.Element {
  return useApp().signedIn.value ? <Shell /> : <SignIn />;
}

// Importing this file outside of a browser does nothing.
if (typeof window !== 'undefined') start(window);
