// What hostile clients cost the good ones: p99 of the acks of a watch and a
// service, with nothing else and with each bomb, in turns; the ratio is that of
// the medians of both. Site, bombs and good clients have a process each.
// With --cost: what one bomb costs the site by itself, of its processor time, and
// how long it holds the event loop at most; medians of shots one after the other.
// Usage: bench bombs [--json] [--cost] [--seconds n] [--only name,…]
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { BOMBS, type Bomb, type BombAim } from '../test/support/bombs.ts';
import { encodeRecords } from '../src/wire/records/encode.ts';
import { ask, forkBuilt } from './support/built.ts';
import { DeviceLine } from './support/device-line.ts';
import { median, quantile, round } from './support/figures.ts';
import { DEVICE_PUBLIC_KEY } from './support/load.ts';
import type { ServerEffort, ServerReady, ServerStart } from './support/pipeline-server.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    cost: { type: 'boolean' },
    seconds: { type: 'string', default: '3' },
    only: { type: 'string' },
    thrower: { type: 'boolean' },
  },
});
const ROUNDS = 3;
/** Between two sends of a good client. */
const PAUSE_MS = 10;
const RECORDS = Array.from({ length: 5 }, (_, index) => ({
  timestamp: Date.now(),
  level: 'INFO' as const,
  service: 'good',
  message: `line ${index}`,
}));
const PAYLOAD = encodeRecords(RECORDS);
const BODY = JSON.stringify(RECORDS);

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
  const server = await forkBuilt('pipeline-server', []);
  const start: ServerStart = { mode: 'site', devices: 1, publicKey: DEVICE_PUBLIC_KEY };
  const { port, site, token } = await ask<ServerReady>(server, start);
  const thrower = fork(fileURLToPath(import.meta.url), ['--thrower'], { stdio: 'inherit' });
  const table = new Table({
    head: ['bomb', 'watch p99', 'with', 'ratio', 'service p99', 'with', 'ratio'],
  });
  const result: Record<string, number> = {};
  const clients = await GoodClients.connect({ port, site, token });
  try {
    await clients.measure();
    for (const bomb of BOMBS.filter(isAsked)) {
      const row = await compare({
        thrower,
        order: { name: bomb.name, aim: { port, token } },
        clients,
      });
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
    clients.close();
    thrower.kill();
    server.send({ ask: 'stop' });
    await Promise.all([once(thrower, 'exit'), once(server, 'exit')]);
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

/** Names that `--only` gives, or parts of them, with commas between them. */
function isAsked({ name }: Bomb): boolean {
  return (values.only ?? '').split(',').some((part) => name.includes(part));
}

/** Rounds without and with a bomb in turns, so that a machine that drifts does not favour either. */
async function compare({
  thrower,
  order,
  clients,
}: {
  readonly thrower: ChildProcess;
  readonly order: Order;
  readonly clients: GoodClients;
}): Promise<readonly [watch: Compared, service: Compared]> {
  const calm: Acks[] = [];
  const under: Acks[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    calm.push(await clients.measure());
    thrower.send(order);
    under.push(await clients.measure());
    thrower.send('stop');
  }
  const of = (runs: readonly Acks[], who: keyof Acks): number =>
    median(runs.map((run) => quantile(run[who], 0.99)));
  return [
    { calm: of(calm, 'watch'), under: of(under, 'watch') },
    { calm: of(calm, 'service'), under: of(under, 'service') },
  ];
}

/** A watch and a service that send a little, and wait for each ack. */
class GoodClients {
  readonly #port: number;
  readonly #token: string;
  readonly #line: DeviceLine;
  readonly #heard: { acked: (latencyMs: number) => void };

  private constructor(
    { port, token }: Pick<ServerReady, 'port' | 'token'>,
    line: DeviceLine,
    heard: { acked: (latencyMs: number) => void },
  ) {
    this.#port = port;
    this.#token = token;
    this.#line = line;
    this.#heard = heard;
  }

  static async connect(at: Pick<ServerReady, 'port' | 'site' | 'token'>): Promise<GoodClients> {
    const heard = { acked: (_: number): void => undefined };
    const { port, site } = at;
    const line = await DeviceLine.connect({ port, id: 'w0', site }, (latencyMs) => {
      heard.acked(latencyMs);
    });
    return new GoodClients(at, line, heard);
  }

  close(): void {
    this.#line.close();
  }

  async measure(): Promise<Acks> {
    const acks: Acks = { watch: [], service: [] };
    const end = performance.now() + Number(values.seconds) * 1_000;
    const repeat = async (into: number[], send: () => Promise<number>): Promise<void> => {
      while (performance.now() < end) {
        into.push(await send());
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    };
    await Promise.all([
      repeat(acks.watch, () => this.#frame()),
      repeat(acks.service, () => this.#post()),
    ]);
    return acks;
  }

  #frame(): Promise<number> {
    return new Promise((resolve) => {
      this.#heard.acked = resolve;
      this.#line.send(PAYLOAD);
    });
  }

  async #post(): Promise<number> {
    const begun = performance.now();
    const answer = await fetch(`http://127.0.0.1:${this.#port}/v1/logs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      body: BODY,
    });
    await answer.arrayBuffer();
    if (answer.status !== 200) throw new Error(`A good service was told ${answer.status}.`);
    return performance.now() - begun;
  }
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}

const SHOTS = 7;
/** The first ones find code that is not compiled yet. */
const WARM_UP = 4;
/** Until a sender's refusal is forgiven, so that no answer is held back. */
const BETWEEN_MS = 2_600;
/** Of connections that are kept open nothing can be said shot by shot. */
const MOST_WIDTH = 2;

async function costAll(): Promise<void> {
  const server = await forkBuilt('pipeline-server', []);
  const start: ServerStart = { mode: 'site', devices: 1, publicKey: DEVICE_PUBLIC_KEY };
  const aim = await ask<ServerReady>(server, start);
  const rows: object[] = [];
  try {
    for (const bomb of BOMBS) {
      if (bomb.width > MOST_WIDTH || !isAsked(bomb)) continue;
      rows.push({ name: bomb.name, ...(await costOf(bomb, { aim, server })) });
    }
  } finally {
    server.send({ ask: 'stop' });
    await once(server, 'exit');
  }
  if (values.json === true) console.log(JSON.stringify({ bombs: rows }));
  else console.table(rows);
}

async function costOf(
  bomb: Bomb,
  { aim, server }: { readonly aim: BombAim; readonly server: ChildProcess },
): Promise<object> {
  const cpu: number[] = [];
  const hold: number[] = [];
  for (let shot = -WARM_UP; shot < SHOTS; shot += 1) {
    const before = await ask<ServerEffort>(server, { ask: 'effort' });
    await bomb.throwOne(aim, () => false);
    const after = await ask<ServerEffort>(server, { ask: 'effort' });
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
    if (shot < 0) continue;
    cpu.push(after.cpuMs - before.cpuMs);
    hold.push(after.longestHoldMs);
  }
  return {
    cpuMs: round(median(cpu)),
    longestHoldMs: round(median(hold)),
  };
}

if (values.thrower === true) throwBombs();
else if (values.cost === true) await costAll();
else await measureAll();
