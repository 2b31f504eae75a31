import { spellingHint } from '../../core/edit-distance.ts';
import { parseYaml } from '../../core/yaml-document.ts';
import {
  configError,
  expectList,
  expectMap,
  expectText,
  nodeText,
  quoted,
  refuseUnknownKeys,
  type YamlMap,
  type YamlNode,
} from '../../core/yaml-node.ts';
import { REDACTION_KINDS, type RedactionKind } from './finding.ts';

/** `keep` leaves it, `pseudonym` puts `<kind>:<16 hex digits>` in its place, `remove` `[<kind>]`. */
export type RedactionAction = 'keep' | 'pseudonym' | 'remove';

/** What is redacted and how: the contents of `redaction.yaml`. */
export interface RedactionRules {
  readonly actions: Readonly<Record<RedactionKind, RedactionAction>>;
  /** What becomes of `user_id`, beyond an e-mail address or number in it. */
  readonly userId: 'keep' | 'pseudonym';
  /** More names whose values are secrets, in lower case. */
  readonly secretNames: readonly string[];
}

export const DEFAULT_REDACTION: RedactionRules = Object.freeze({
  actions: Object.freeze({
    secret: 'remove',
    card: 'pseudonym',
    email: 'pseudonym',
    phone: 'pseudonym',
    national_id: 'pseudonym',
    ip: 'keep',
  }),
  userId: 'keep',
  secretNames: Object.freeze([]),
});

const ACTIONS: readonly RedactionAction[] = ['keep', 'pseudonym', 'remove'];
const MOST_NAMES = 64;
const NAME = /^[a-z0-9][a-z0-9_.-]{1,63}$/;

/**
 * Reads `redaction.yaml`; what it leaves out is as in {@link DEFAULT_REDACTION}.
 * @throws CONFIG_INVALID with file, line and column.
 */
export function loadRedaction(text: string, fileName: string): RedactionRules {
  const root = expectMap(parseYaml(text, fileName), 'the file');
  refuseUnknownKeys(root, ['redaction']);
  const entry = root.entries.get('redaction');
  if (entry === undefined) throw configError(root.at, 'Expected the key "redaction".');
  const map = expectMap(entry.node, '"redaction"');
  refuseUnknownKeys(map, ['kinds', 'user_id', 'secret_names']);
  return {
    actions: readActions(map),
    userId: readUserId(map.entries.get('user_id')?.node),
    secretNames: readNames(map.entries.get('secret_names')?.node),
  };
}

function readActions(map: YamlMap): RedactionRules['actions'] {
  const actions = { ...DEFAULT_REDACTION.actions };
  const entry = map.entries.get('kinds');
  if (entry === undefined) return actions;
  const kinds = expectMap(entry.node, '"kinds"');
  refuseUnknownKeys(kinds, REDACTION_KINDS);
  for (const kind of REDACTION_KINDS) {
    const node = kinds.entries.get(kind)?.node;
    if (node !== undefined) actions[kind] = readAction(node, kind);
  }
  return actions;
}

function readAction(node: YamlNode, kind: RedactionKind): RedactionAction {
  const allowed = kind === 'secret' ? ACTIONS.filter((each) => each !== 'pseudonym') : ACTIONS;
  return readChoice(node, { what: `the action for "${kind}"`, allowed });
}

function readUserId(node: YamlNode | undefined): RedactionRules['userId'] {
  if (node === undefined) return DEFAULT_REDACTION.userId;
  return readChoice(node, { what: '"user_id"', allowed: ['keep', 'pseudonym'] });
}

function readChoice<Choice extends string>(
  node: YamlNode,
  { what, allowed }: { readonly what: string; readonly allowed: readonly Choice[] },
): Choice {
  const word = expectText(node, what);
  const choice = allowed.find((each) => each === word);
  if (choice !== undefined) return choice;
  const hint = spellingHint(word, allowed);
  throw configError(node.at, `Expected ${what} to be one of ${allowed.join(', ')}. ${hint}`);
}

function readNames(node: YamlNode | undefined): readonly string[] {
  if (node === undefined) return [];
  const { items } = expectList(node, '"secret_names"');
  if (items.length > MOST_NAMES) {
    throw configError(node.at, `Expected at most ${MOST_NAMES} names, got ${items.length}.`);
  }
  return items.map((item) => {
    const name = expectText(item, 'a name').toLowerCase();
    if (NAME.test(name)) return name;
    throw configError(
      item.at,
      `Expected a name of 2 to 64 of a-z 0-9 . _ -, got ${item.kind === 'scalar' ? quoted(name) : nodeText(item)}.`,
    );
  });
}
