import type { WireRecord } from '../store.ts';

/** Puts the template's id onto a record that was just decoded, so that no copy is needed; '' and `undefined` are none. */
export function withTemplate(record: WireRecord, id: string | undefined): WireRecord {
  if (id !== undefined && id !== '') (record as { template_id?: string }).template_id = id;
  return record;
}
