// Memory and detection under a flood of distinct users, each with one error
// record, and one real user among them. Usage: bench users [--json] [--users 1000000] [--errors 60]
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { ask, forkBuilt } from './support/built.ts';
import { round } from './support/figures.ts';
import type { UsersFigures, UsersStart } from './support/users-server.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    users: { type: 'string', default: '1000000' },
    errors: { type: 'string', default: '60' },
  },
});
const start: UsersStart = { users: Number(values.users), errors: Number(values.errors) };
const server = await forkBuilt('users-server', []);
const figures = await ask<UsersFigures>(server, start);
const mb = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
const table = new Table();
table.push(
  ['distinct users', start.users],
  ['records per second', Math.round(start.users / figures.seconds)],
  [
    'resident before, peak, after',
    [figures.rssBefore, figures.rssPeak, figures.rssAfter].map(mb).join(', '),
  ],
  ['heap and buffers before, after', [figures.heapBefore, figures.heapAfter].map(mb).join(', ')],
  ['users told apart at the end', figures.usersKnown],
  ['subjects with an actor at the end', figures.liveActors],
  ['users forgotten to make room', figures.forgotten],
  ['records refused by user detectors', figures.refused],
  ['real user found at its error', figures.foundAt === 0 ? 'never' : figures.foundAt],
  ['alerts on users', figures.userAlerts],
  ['ledger balances', figures.isBalanced ? 'yes' : 'NO'],
);
console.log('A flood of users with one error each, and one real user');
console.log(table.toString());
if (values.json === true) {
  const entries = Object.entries(figures).map(([name, value]) => [
    name,
    typeof value === 'number' ? round(value) : value,
  ]);
  console.log(JSON.stringify(Object.fromEntries(entries)));
}
process.exit(figures.isBalanced && figures.foundAt > 0 ? 0 : 1);
