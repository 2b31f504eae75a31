import { configError, expectText, nodeText, type YamlMap } from '../../core/yaml-node.ts';

/** A number under `key` of a field's rule. @throws CONFIG_INVALID with its place when it is none */
export function readNumber(rule: YamlMap, key: string, otherwise: number): number {
  const node = rule.entries.get(key)?.node;
  if (node === undefined) return otherwise;
  if (node.kind === 'scalar' && Number.isFinite(node.value)) return Number(node.value);
  throw configError(node.at, `Expected "${key}" to be a number, got ${nodeText(node)}.`);
}

/** A text under `key` of a field's rule. @throws CONFIG_INVALID with its place when it is none */
export function readText(rule: YamlMap, key: string): string | undefined {
  const node = rule.entries.get(key)?.node;
  return node === undefined ? undefined : expectText(node, `"${key}"`);
}
