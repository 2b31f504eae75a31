import type { Engine } from '../actors/engine.ts';
import type { TemplateBook } from '../actors/subject/template-book.ts';
import type { SiteApi } from '../gateway/site-api.ts';
import type { SubjectId } from '../model/subject.ts';
import type { StoredRecord } from '../store/store.ts';
import { rarityOf } from '../wire/templates/rarity.ts';

type Reader = TemplateBook['reader'];

/** Subjects whose templates one page of records is looked up in; sleeping ones are read from the store. */
const MOST_SUBJECTS = 64;
/** Records that are looked up in one turn of the event loop. */
const TURN = 500;

/** What the API tells of templates. */
export function templateViews(
  engine: Pick<Engine, 'subject'>,
): Pick<SiteApi, 'templates' | 'describe'> {
  return {
    async templates(subject) {
      const state = await engine.subject(subject);
      if (state === undefined) return undefined;
      const reader = state.templates?.reader;
      const messages = reader?.counters().lines ?? 0;
      const templates = (reader?.templates() ?? []).map((each) => ({
        ...each,
        share: each.count / messages,
        rarity: rarityOf(each.count, messages),
      }));
      return {
        subject,
        messages,
        templates: templates.toSorted((a, b) => b.count - a.count || (a.id < b.id ? -1 : 1)),
      };
    },
    async describe(records) {
      const readers = new Map<SubjectId, Reader | undefined>();
      const described: StoredRecord[] = [];
      for (const record of records) {
        const { subject } = record;
        if (record.template_id !== undefined && !readers.has(subject)) {
          const isTooMany = readers.size >= MOST_SUBJECTS;
          const state = isTooMany ? undefined : await engine.subject(subject);
          readers.set(subject, state?.templates?.reader);
        }
        described.push(describe(record, readers.get(subject)));
        if (described.length % TURN === 0) await nextTurn();
      }
      return described;
    },
  };
}

/** With template and values, when the message still belongs to the template that it came in under. */
function describe(record: StoredRecord, reader: Reader | undefined): StoredRecord {
  const { template_id: id, message } = record;
  if (id === undefined || reader === undefined) return record;
  const found = reader.match(message);
  if (found === undefined || found.id !== (reader.resolve(id) ?? id)) return record;
  return { ...record, template: found.template, params: found.params };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
