import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { App } from '../state/app.ts';

export const AppContext = createContext<App | undefined>(undefined);

/** The app of this page. @throws Error outside of `AppContext.Provider` */
export function useApp(): App {
  const app = useContext(AppContext);
  if (app === undefined) throw new Error('This component must be inside AppContext.Provider.');
  return app;
}
