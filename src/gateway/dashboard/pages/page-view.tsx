import type { JSX } from 'preact';
import type { Route } from '../logic/route.ts';
import { ActorsPage } from './actors/actors-page.tsx';
import { AlertsPage } from './alerts/alerts-page.tsx';
import { ModelsPage } from './models/models-page.tsx';
import { OverviewPage } from './overview/overview-page.tsx';
import { ServiceDetailPage } from './services/service-detail.tsx';
import { ServicesPage } from './services/services-page.tsx';
import { StreamsPage } from './streams/streams-page.tsx';
import { WatchDetailPage } from './watches/watch-detail.tsx';
import { WatchesPage } from './watches/watches-page.tsx';

/** The page that the address names. */
export function PageView({ route }: { route: Route }): JSX.Element {
  switch (route.page) {
    case 'overview':
      return <OverviewPage />;
    case 'alerts':
      return <AlertsPage route={route} />;
    case 'actors':
      return <ActorsPage route={route} />;
    case 'streams':
      return <StreamsPage />;
    case 'models':
      return <ModelsPage />;
    case 'watches':
      return route.id === undefined ? (
        <WatchesPage route={route} />
      ) : (
        <WatchDetailPage key={route.id} id={route.id} />
      );
    case 'services':
      return route.id === undefined ? (
        <ServicesPage route={route} />
      ) : (
        <ServiceDetailPage key={route.id} id={route.id} />
      );
  }
}
