import type { EnrichmentInfo, HealthPart } from '../../gateway/site-api.ts';

/** Health of the lookup tables. */
export function enrichmentPart({ problem, tables, shifts, version }: EnrichmentInfo): HealthPart {
  const rows = tables.reduce((sum, each) => sum + each.rows, 0);
  const isEmpty = tables.length === 0 && shifts.length === 0;
  const held = `${tables.length} tables with ${rows} rows and ${shifts.length} shifts in force, version ${version}`;
  const name = 'enrichment';
  if (problem !== undefined) {
    return {
      name,
      state: 'degraded',
      evidence: `${problem}; ${isEmpty ? 'nothing is in force' : held}`,
      fix: 'Correct the file; "watchkeeper config check" names the place.',
    };
  }
  if (isEmpty) return { name, state: 'off', evidence: 'no tables in enrichment.yaml', fix: '' };
  return { name, state: 'ok', evidence: held, fix: '' };
}
