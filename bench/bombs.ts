// What hostile clients cost the good ones: p99 of the acks of a watch and a
// service, with nothing else and with each bomb thrown by a
// process of its own, in turns; the ratio is that of the medians of both.
// Usage: bench bombs [--json] [--seconds n] [--only name]
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { BOMBS, type BombAim } from '../test/support/bombs.ts';
import { E2eSite } from '../test/support/e2e/e2e-site.ts';
import { lines } from '../test/support/e2e/records.ts';
import { median, quantile, round } from './support/figures.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    seconds: { type: 'string', default: '3' },
    only: { type: 'string' },
    thrower: { type: 'boolean' },
  },
});
const ROUNDS = 3;
/** Between two sends of a good client. */
const PAUSE_MS = 10;

if (values.thrower === true) throwBombs();
else await measureAll();

interface Order {
  readonly name: string;
  readonly aim: BombAim;
}

/** The hostile process: keeps `width` connections of a bomb going until it is told to stop. */
function throwBombs(): void {
  let stopped = 0;
  process.on('message', (order: Order | 'stop') => {
    stopped += 1;
    if (order === 'stop') return;
    const turn = stopped;
    const bomb = BOMBS.find(({ name }) => name === order.name);
    if (bomb === undefined) return;
    const isOver = (): boolean => stopped !== turn;
    const keepOn = async (): Promise<void> => {
      while (!isOver()) await bomb.throwOne(order.aim, isOver);
    };
    for (let each = 0; each < bomb.width; each += 1) void keepOn();
  });
}

interface Acks {
  readonly watch: number[];
  readonly service: number[];
}

async function measureAll(): Promise<void> {
  const site = await E2eSite.start({ withNats: false });
  const thrower = fork(fileURLToPath(import.meta.url), ['--thrower'], { stdio: 'inherit' });
  const table = new Table({
    head: ['bomb', 'watch p99', 'with', 'ratio', 'service p99', 'with', 'ratio'],
  });
  const result: Record<string, number> = {};
  try {
    const watch = await site.watch('good');
    const acks = (): Promise<Acks> => measure(site, watch);
    await acks();
    for (const bomb of BOMBS.filter(({ name }) => name.includes(values.only ?? ''))) {
      const row = await compare(site, { thrower, name: bomb.name, acks });
      table.push([
        bomb.name,
        ...row.flatMap(({ calm, under }) => [ms(calm), ms(under), (under / calm).toFixed(2)]),
      ]);
      const key = bomb.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_');
      row.forEach(({ calm, under }, index) => {
        result[`${key}_${index === 0 ? 'watch' : 'service'}_ratio`] = round(under / calm);
      });
    }
  } finally {
    thrower.kill();
    await once(thrower, 'exit');
    await site.close();
  }
  console.log(
    `Acks of good clients beside bombs: p99, medians of ${ROUNDS} rounds of ${values.seconds} s`,
  );
  console.log(table.toString());
  if (values.json === true) console.log(JSON.stringify(result));
}

interface Compared {
  readonly calm: number;
  readonly under: number;
}

/** Rounds without and with a bomb in turns, so that a machine that drifts does not favour either. */
async function compare(
  site: E2eSite,
  { thrower, name, acks }: { thrower: ChildProcess; name: string; acks: () => Promise<Acks> },
): Promise<readonly [watch: Compared, service: Compared]> {
  const aim = { port: Number(new URL(site.handle.url).port), token: site.token };
  const calm: Acks[] = [];
  const under: Acks[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    calm.push(await acks());
    thrower.send({ name, aim });
    under.push(await acks());
    thrower.send('stop');
  }
  const of = (runs: readonly Acks[], who: keyof Acks): number =>
    median(runs.map((run) => quantile(run[who], 0.99)));
  return [
    { calm: of(calm, 'watch'), under: of(under, 'watch') },
    { calm: of(calm, 'service'), under: of(under, 'service') },
  ];
}

async function measure(site: E2eSite, watch: Awaited<ReturnType<E2eSite['watch']>>): Promise<Acks> {
  const acks: Acks = { watch: [], service: [] };
  const end = performance.now() + Number(values.seconds) * 1_000;
  const repeat = async (into: number[], send: () => Promise<unknown>): Promise<void> => {
    while (performance.now() < end) {
      const begun = performance.now();
      await send();
      into.push(performance.now() - begun);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };
  await Promise.all([
    repeat(acks.watch, () => {
      watch.send(lines(5, { level: 'INFO' }), 1);
      return watch.flush();
    }),
    repeat(acks.service, () => site.logs(lines(5, { level: 'INFO' }))),
  ]);
  return acks;
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}
