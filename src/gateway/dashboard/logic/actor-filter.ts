import type { ActorInfo } from '../../../model/actor-event.ts';
import type { RowNumbers } from './actor-tree.ts';

export type ActorPredicate = (actor: ActorInfo, numbers: RowNumbers) => boolean;

const COMPARISON = /^(mb|mailbox|rate|restarts)(>=|<=|>|<|=)(\d+(?:\.\d+)?)$/;

/**
 * Reads the filter box: words that must all hold, for example
 * `kind:detector state:busy mb>50 payment`. `undefined` when it is empty.
 */
export function parseActorFilter(text: string): ActorPredicate | undefined {
  const terms = text
    .toLowerCase()
    .split(/\s+/)
    .filter((term) => term !== '');
  if (terms.length === 0) return undefined;
  const tests = terms.map(parseTerm);
  return (actor, numbers) => tests.every((test) => test(actor, numbers));
}

function parseTerm(term: string): ActorPredicate {
  if (term.startsWith('kind:')) {
    const kind = term.slice(5);
    return (actor) => actor.kind.toLowerCase().includes(kind);
  }
  if (term.startsWith('state:')) {
    const state = term.slice(6);
    return (_actor, numbers) => numbers.state.startsWith(state);
  }
  const comparison = COMPARISON.exec(term);
  if (comparison !== null) return parseComparison(comparison);
  return (actor) => actor.path.toLowerCase().includes(term);
}

function parseComparison([, field, operator, digits]: RegExpExecArray): ActorPredicate {
  const bound = Number(digits);
  const name = field === 'mb' ? 'mailbox' : (field as 'mailbox' | 'rate' | 'restarts');
  return (_actor, numbers) => {
    const value = numbers[name];
    if (operator === '>') return value > bound;
    if (operator === '>=') return value >= bound;
    if (operator === '<') return value < bound;
    return operator === '<=' ? value <= bound : value === bound;
  };
}
