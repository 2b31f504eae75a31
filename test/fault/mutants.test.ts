import assert from 'node:assert/strict';
import { buildFaultSite, type Mutation } from '../support/fault/build-site.ts';
import { runFaults, type FaultRunOptions } from '../support/fault/run.ts';
import { describe } from '../support/suite.ts';

interface Defect {
  readonly name: string;
  readonly mutations: readonly Mutation[];
  /** Which of the checks must find it; others may as well. */
  readonly by: RegExp;
  readonly run?: Partial<FaultRunOptions>;
}

/** A far end that refuses most deliveries, so that notifications wait from one life of the site to the next. */
const SLUGGISH = { sink: { refusal: 0.7, slowMs: 150 } };

const DEFECTS: readonly Defect[] = [
  { name: 'ack before fsync', by: /^acked and lost/, mutations: [], run: { ackEarlyMs: 250 } },
  {
    name: 'no deduplication',
    by: /^order/,
    mutations: [
      {
        file: 'gateway/device/frame-desk.ts',
        find: 'if (header.seq <= last) return this.#repeated(sender, header);',
        replace: 'void this.#repeated;',
      },
    ],
  },
  {
    name: 'session table not restored',
    by: /^epochs/,
    mutations: [
      {
        file: 'app/session-companion.ts',
        find: 'sessions.restore(bytes);',
        replace: 'void bytes;',
      },
    ],
  },
  {
    name: 'outbox not in the snapshot',
    by: /^never delivered/,
    mutations: [
      {
        file: 'actors/site-state.ts',
        find: "      ['outbox', packPart(this.outbox.snapshot())],\n",
        replace: '',
      },
    ],
    run: SLUGGISH,
  },
  {
    name: 'timers not in the snapshot',
    by: /^(?:never delivered|subject differs|spurious)/,
    mutations: [
      {
        file: 'actors/site-state.ts',
        find: "      ['deadlines', packPart([...this.timers.entries()])],\n",
        replace: '',
      },
    ],
  },
  {
    name: 'restart without the detectors’ states',
    by: /^subject differs/,
    mutations: [
      {
        file: 'actors/subject/subject-codec.ts',
        find: 'if (own?.version === detector.version)',
        replace: 'if (own?.version === -1)',
      },
    ],
  },
  {
    name: 'delivered before the far end confirmed',
    by: /^never delivered/,
    mutations: [
      {
        file: 'actors/delivery.ts',
        find: 'await channel.deliver(notification);',
        replace:
          'this.#options.outbox.delivered(channel.name, notification.key); this.#options.onDelivered(channel.name, notification); await channel.deliver(notification);',
      },
    ],
    run: SLUGGISH,
  },
];

const seed = Number(process.env['FAULT_SEED'] ?? 5);

describe('The checker', (it) => {
  for (const [index, { name, mutations, by, run }] of DEFECTS.entries()) {
    it(
      `turns red within a few kills: ${name}`,
      async () => {
        const program = await buildFaultSite(`mutant-${index}`, mutations);
        const report = await runFaults({
          ...{ seed, program, kills: 4, watches: 8, upMs: 1200, settleMs: 1000 },
          ...run,
        });
        const found = report.violations.find((line) => by.test(line));
        console.log(`${name}: ${found?.slice(0, 160) ?? 'not caught'}`);
        assert.ok(found, `seed ${seed} gave only ${JSON.stringify(report.violations)}`);
      },
      { deadlineMs: 120_000 },
    );
  }
});
