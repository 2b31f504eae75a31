import { randomUUID } from 'node:crypto';
import type { HttpLimits } from '../limits.ts';
import type { HttpGatewayOptions } from '../options.ts';
import type { Route } from '../route.ts';
import { actorRoutes } from './actors.ts';
import { alertRoutes } from './alerts.ts';
import { dashboardRoutes } from './dashboard.ts';
import { deadLetterRoutes } from './dead-letters.ts';
import { deviceRoutes } from './devices.ts';
import { frameRoutes } from './frames.ts';
import { logRoutes } from './logs.ts';
import { openApiRoute } from './openapi.ts';
import { recordRoutes } from './records.ts';
import { siteRoutes } from './site.ts';
import { streamRoutes } from './streams.ts';
import { subjectRoutes } from './subjects.ts';

/** Every route of the API. */
export function allRoutes(
  options: HttpGatewayOptions,
  limits: HttpLimits,
  isClosing: () => boolean,
): readonly Route[] {
  const { api, devices, dashboard, newId = randomUUID } = options;
  const routes = [
    ...logRoutes(options, limits),
    ...frameRoutes(devices, limits.framesBodyBytes),
    ...recordRoutes(api),
    ...subjectRoutes(api),
    ...alertRoutes(api, newId),
    ...actorRoutes(api),
    ...deviceRoutes(api, devices),
    ...deadLetterRoutes(api),
    ...siteRoutes(options, isClosing),
    ...streamRoutes(api),
    ...dashboardRoutes(dashboard),
  ];
  return [...routes, openApiRoute(routes)];
}
