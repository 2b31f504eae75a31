import { randomUUID } from 'node:crypto';
import type { HttpLimits } from '../limits.ts';
import type { HttpGatewayOptions } from '../options.ts';
import type { Route } from '../route.ts';
import { bulkRoutes } from '../inputs/elastic.ts';
import { elasticRoutes } from '../inputs/elastic-handshake.ts';
import { eventRoutes } from '../inputs/events.ts';
import { InputDesk } from '../inputs/input-desk.ts';
import { lokiRoutes } from '../inputs/loki.ts';
import { otlpRoutes } from '../inputs/otlp.ts';
import { splunkRoutes } from '../inputs/splunk.ts';
import { actorRoutes } from './actors.ts';
import { alertRoutes } from './alerts.ts';
import { dashboardRoutes } from './dashboard.ts';
import { deadLetterRoutes } from './dead-letters.ts';
import { deviceRoutes } from './devices.ts';
import { frameRoutes } from './frames.ts';
import { importRoutes } from './import.ts';
import { logRoutes } from './logs.ts';
import { modelRoutes } from './models.ts';
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
  const desk = new InputDesk(options, limits);
  const routes = [
    ...logRoutes(options, limits, desk),
    ...eventRoutes(desk, limits),
    ...otlpRoutes(desk, limits),
    ...lokiRoutes(desk, limits),
    ...bulkRoutes(desk, limits, newId),
    ...elasticRoutes(limits, api.name),
    ...splunkRoutes(desk, limits),
    ...importRoutes(options, limits),
    ...frameRoutes(devices, limits.framesBodyBytes),
    ...recordRoutes(),
    ...subjectRoutes(),
    ...alertRoutes(api, newId),
    ...actorRoutes(api),
    ...deviceRoutes(api, devices),
    ...deadLetterRoutes(api),
    ...siteRoutes(options, isClosing),
    ...streamRoutes(api),
    ...modelRoutes(api.models),
    ...dashboardRoutes(dashboard, api.name),
  ];
  return [...routes, openApiRoute(routes)];
}
