import { isWatchkeeperError, messageOf } from '../../core/errors.ts';
import type { Health, HealthPart } from '../../gateway/site-api.ts';
import type { SiteClient } from '../http/site-client.ts';
import { failed, ok, warning, type Check } from './check.ts';

/** The parts of the running site as it sees them itself; one row when none runs. */
export async function checkSite(client: SiteClient): Promise<readonly Check[]> {
  try {
    const health = await client.get<Health>('/v1/health');
    const summary = `"${health.site}" ${health.version} at ${client.url}, ${health.ready ? 'ready' : 'not ready'}`;
    return [
      stateOf('site', { state: health.state, evidence: summary, fix: 'See its parts below.' }),
      ...health.parts.map(partCheck),
    ];
  } catch (error) {
    if (isWatchkeeperError(error, 'UNREACHABLE')) return [ok('site', `none runs at ${client.url}`)];
    const fix = isWatchkeeperError(error) ? (error.fix ?? '') : '';
    return [warning('site', `${client.url}: ${messageOf(error)}`, fix)];
  }
}

function partCheck(part: HealthPart): Check {
  return stateOf(`site: ${part.name}`, part);
}

function stateOf(name: string, { state, evidence, fix }: Omit<HealthPart, 'name'>): Check {
  if (state === 'failed') return failed(name, evidence, fix);
  if (state === 'degraded') return warning(name, evidence, fix);
  return ok(name, evidence === '' ? state : evidence);
}
