import type { Steps } from '../../core/steps.ts';
import { isMap, type AttributeMap } from './attribute-map.ts';
import { eventItem } from './event-item.ts';
import { Unreadable, checkCount, malformedBody } from './input-item.ts';
import type { InputContext, InputItem } from './input-item.ts';
import { NOT_JSON, linesOf, readJson, readJsonSteps } from './json-text.ts';

export type BulkAction = 'index' | 'create' | 'update' | 'delete';

/** One operation of a bulk request. */
export interface BulkOperation {
  readonly action: BulkAction;
  readonly index: string;
  /** As the sender gave it. */
  readonly id: string | undefined;
  /** `undefined` for what logs cannot be: changes of documents. */
  readonly item: InputItem | undefined;
}

interface Action {
  readonly action: BulkAction;
  readonly index: string;
  readonly id: string | undefined;
}

const LONGEST_NAME = 512;

/**
 * Reads the body of `_bulk` (elastic.co, "Bulk API"): a line that says what to
 * do, followed by the document but for `delete`. The index is kept as the
 * attribute `_index`.
 * @param index the one in the path, for lines that name none
 * @throws WatchkeeperError PAYLOAD_INVALID | TOO_LARGE
 */
export function* readBulk(
  body: Uint8Array,
  index: string,
  context: InputContext,
): Steps<readonly BulkOperation[]> {
  const operations: BulkOperation[] = [];
  let waiting: Action | undefined;
  let number = 0;
  for (const line of linesOf(body)) {
    if (line === undefined) {
      yield;
      continue;
    }
    number += 1;
    if (waiting === undefined) {
      const action = readAction(line, index);
      if (action === undefined) throw malformedBody(`a bulk request: line ${number} is no action`);
      checkCount(operations.length + 1);
      if (action.action === 'delete') operations.push({ ...action, item: undefined });
      else waiting = action;
    } else {
      const isChange = waiting.action === 'update';
      const item = isChange ? undefined : yield* readDocument(line, waiting.index, context);
      operations.push({ ...waiting, item });
      waiting = undefined;
    }
  }
  if (waiting !== undefined) throw malformedBody('a bulk request: the last document is missing');
  return operations;
}

/** Reads one document: a line of a bulk request, or a body of its own. */
export function* readDocument(
  bytes: Uint8Array,
  index: string,
  context: InputContext,
): Steps<InputItem> {
  const event = yield* readJsonSteps(bytes);
  if (event === NOT_JSON || !isMap(event)) {
    return new Unreadable(bytes, 'The document is not a JSON object.');
  }
  return eventItem(event, context, index === '' ? {} : { attributes: { _index: index } });
}

function readAction(line: Uint8Array, pathIndex: string): Action | undefined {
  const parsed = readJson(line);
  if (parsed === NOT_JSON || !isMap(parsed)) return undefined;
  const [entry, ...more] = Object.entries(parsed);
  if (entry === undefined || more.length > 0) return undefined;
  const [action, target] = entry;
  if (!isAction(action) || !isMap(target)) return undefined;
  const index = nameIn(target, '_index') ?? pathIndex;
  if (index.length > LONGEST_NAME) return undefined;
  return { action, index, id: nameIn(target, '_id') };
}

function isAction(text: string): text is BulkAction {
  return text === 'index' || text === 'create' || text === 'update' || text === 'delete';
}

function nameIn(target: AttributeMap, key: string): string | undefined {
  const value = target[key];
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_NAME
    ? value
    : undefined;
}
