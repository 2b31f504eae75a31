import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseActorFilter } from '../../../../src/gateway/dashboard/logic/actor-filter.ts';
import {
  defaultCollapsed,
  visibleRows,
  type ActorView,
} from '../../../../src/gateway/dashboard/logic/actor-rows.ts';
import {
  buildActorTree,
  columnsOf,
  numbersAt,
  rollUp,
} from '../../../../src/gateway/dashboard/logic/actor-tree.ts';
import { treeKey } from '../../../../src/gateway/dashboard/pages/actors/tree-keys.ts';
import type { ActorInfo } from '../../../../src/model/actor-event.ts';
import { anActor, someActors } from '../../../support/dashboard-fixtures.ts';
import { describe } from '../../../support/suite.ts';

const ACTORS: readonly ActorInfo[] = [
  anActor({ path: '/b', mailbox: 1, restarts: 2 }),
  anActor({ path: '/a', kind: 'guardian' }),
  anActor({ path: '/a/w-10', mailbox: 7, state: 'busy', kind: 'detector' }),
  anActor({ path: '/a/w-2', mailbox: 5, restarts: 1, state: 'quarantined' }),
  anActor({ path: '/a/w-2/x', mailbox: 3, state: 'passive' }),
];
const VIEW: ActorView = { filter: '', sort: 'tree', descending: false, collapsed: new Set() };

const tree = buildActorTree(1, ACTORS);
const columns = columnsOf(ACTORS);
const paths = (rows: readonly number[]): string[] =>
  rows.map((row) => ACTORS[tree.column[row] ?? 0]?.path ?? '');
const shown = (view: Partial<ActorView>): string[] =>
  paths(visibleRows(tree, columns, { ...VIEW, ...view }));

describe('dashboard actor tree', (it) => {
  it('is in preorder, siblings by name with numbers by value', () => {
    assert.deepEqual(shown({}), ['/a', '/a/w-2', '/a/w-2/x', '/a/w-10', '/b']);
    assert.deepEqual([...tree.depth], [0, 1, 2, 1, 0]);
    assert.deepEqual([...tree.size], [4, 2, 1, 1, 1]);
  });

  it('takes an actor without a known parent as a root, and each path once', () => {
    const odd = [
      anActor({ path: '/x/y' }),
      anActor({ path: '/x/y' }),
      anActor({ path: '/z', parent: '/z' }),
    ];
    const made = buildActorTree(2, odd);
    assert.equal(made.column.length, 2);
    assert.deepEqual([...made.depth], [0, 0]);
  });

  it('sums a subtree and shows its worst state', () => {
    assert.deepEqual(rollUp(tree, columns, 0), {
      mailbox: 15,
      rate: 0,
      restarts: 1,
      state: 'quarantined',
    });
    assert.deepEqual(rollUp(tree, columns, 4), { mailbox: 1, rate: 0, restarts: 2, state: 'idle' });
    assert.deepEqual(numbersAt(columns, 2), { mailbox: 7, rate: 0, restarts: 0, state: 'busy' });
  });

  it('has every actor exactly once, whatever the topology, and sizes that nest', () => {
    const parents = fc.array(fc.nat(), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(parents, (seeds) => {
        const actors = seeds.map((seed, index) =>
          anActor({
            path: `/n${index}`,
            parent: index === 0 || seed % 5 === 0 ? undefined : `/n${seed % index}`,
          }),
        );
        const made = buildActorTree(1, actors);
        assert.deepEqual(
          [...made.column].sort((a, b) => a - b),
          actors.map((_, index) => index),
        );
        const roots = [...made.depth].filter((depth) => depth === 0).length;
        let [position, seen] = [0, 0];
        while (position < made.column.length) {
          position += made.size[position] ?? 1;
          seen += 1;
        }
        assert.equal(seen, roots);
        assert.equal(position, actors.length);
      }),
    );
  });
});

describe('dashboard actor rows', (it) => {
  it('hides what is below a collapsed actor', () => {
    assert.deepEqual(shown({ collapsed: new Set(['/a/w-2']) }), ['/a', '/a/w-2', '/a/w-10', '/b']);
    assert.deepEqual(shown({ collapsed: new Set(['/a', '/a/w-2']) }), ['/a', '/b']);
  });

  it('flattens for a filter, through collapsed parents', () => {
    assert.deepEqual(shown({ filter: 'w-', collapsed: new Set(['/a']) }), [
      '/a/w-2',
      '/a/w-2/x',
      '/a/w-10',
    ]);
  });

  it('sorts by each column, equals in the order of the tree', () => {
    const first = (sort: ActorView['sort'], descending: boolean): string | undefined =>
      shown({ sort, descending })[0];
    assert.equal(first('mailbox', true), '/a/w-10');
    assert.equal(first('mailbox', false), '/a');
    assert.equal(first('restarts', true), '/b');
    assert.equal(first('name', false), '/a');
    assert.equal(first('kind', false), '/a/w-10');
    assert.equal(first('state', true), '/a/w-2/x');
    assert.deepEqual(shown({ sort: 'rate', descending: true }), shown({}));
  });

  it('opens a small site wholly and a large one down to the third level', () => {
    assert.equal(defaultCollapsed(tree).size, 0);
    const large = buildActorTree(1, someActors(100));
    assert.deepEqual(
      [...defaultCollapsed(large)].sort(),
      [0, 1, 2, 3].map((shard) => `/site/subjects/shard-${shard}`),
    );
  });
});

describe('dashboard actor filter', (it) => {
  const matches = (filter: string): number =>
    ACTORS.filter(
      (actor, column) => parseActorFilter(filter)?.(actor, numbersAt(columns, column)) ?? true,
    ).length;

  it('reads words, kinds, states and comparisons', () => {
    const cases: readonly (readonly [string, number])[] = [
      ['', 5],
      ['  ', 5],
      ['W-2', 2],
      ['kind:detector', 1],
      ['state:quarantined', 1],
      ['state:pass', 1],
      ['mb>3', 2],
      ['mailbox>=3', 3],
      ['mb<1', 1],
      ['mb<=1', 2],
      ['restarts=2', 1],
      ['rate>0', 0],
      ['w- mb>4 state:busy', 1],
      ['mb>', 0],
    ];
    for (const [filter, count] of cases) assert.equal(matches(filter), count, filter);
  });
});

describe('dashboard tree keys', (it) => {
  const rows = visibleRows(tree, columns, VIEW);
  const press = (
    key: string,
    active: number,
    view: Partial<ActorView> = {},
  ): ReturnType<typeof treeKey> =>
    treeKey(key, { snapshot: { tree }, rows, view: { ...VIEW, ...view }, active });

  it('move up, down, to the ends and by pages, and stop there', () => {
    assert.deepEqual(press('ArrowDown', 0), { type: 'move', index: 1 });
    assert.deepEqual(press('ArrowDown', 4), { type: 'move', index: 4 });
    assert.deepEqual(press('ArrowUp', 0), { type: 'move', index: 0 });
    assert.deepEqual(press('End', 0), { type: 'move', index: 4 });
    assert.deepEqual(press('Home', 3), { type: 'move', index: 0 });
    assert.deepEqual(press('PageDown', 0), { type: 'move', index: 4 });
    assert.deepEqual(press('PageUp', 4), { type: 'move', index: 0 });
  });

  it('open and close, go to the first child and to the parent', () => {
    assert.deepEqual(press('ArrowRight', 0), { type: 'move', index: 1 });
    assert.deepEqual(press('ArrowRight', 0, { collapsed: new Set(['/a']) }), {
      type: 'toggle',
      path: '/a',
    });
    assert.deepEqual(press('ArrowLeft', 0), { type: 'toggle', path: '/a' });
    assert.deepEqual(press('ArrowLeft', 2), { type: 'move', index: 1 });
    assert.deepEqual(press('ArrowLeft', 3), { type: 'move', index: 0 });
    assert.equal(press('ArrowRight', 4), undefined);
    assert.equal(press('ArrowLeft', 4), undefined);
    assert.equal(press('ArrowLeft', 0, { sort: 'rate' }), undefined);
  });

  it('choose, and leave other keys alone', () => {
    assert.deepEqual(press('Enter', 1), { type: 'select', path: '/a/w-2' });
    assert.deepEqual(press(' ', 1), { type: 'select', path: '/a/w-2' });
    assert.equal(press('x', 1), undefined);
    assert.equal(press('Enter', 99), undefined);
  });
});
