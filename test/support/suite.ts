import { suite } from 'uvu';

export type TestBody = () => void | Promise<void>;

/** Registers tests and hooks of one subject. */
export interface It {
  (behaviour: string, body: TestBody, options?: TestOptions): void;
  /** Skips a test and prints why; with `CI=true` a skip for `missing` tools is a failure. */
  skip(behaviour: string, reason: string): void;
  beforeEach(hook: TestBody): void;
  afterEach(hook: TestBody): void;
  before(hook: TestBody): void;
  after(hook: TestBody): void;
}

export interface TestOptions {
  /** Deadline of this test in ms. @default 20000 */
  readonly deadlineMs?: number;
}

const counts = { passed: 0, failed: 0, skipped: 0 };

/**
 * Declares and runs the tests of one subject. It is the only way to write a
 * test here: it cannot be forgotten to run, each test has a deadline, and the
 * counts reach the runner (`scripts/test.mjs`) when the process exits.
 */
export function describe(subject: string, declare: (it: It) => void): void {
  const tests = suite(subject);
  const it: It = Object.assign(
    (behaviour: string, body: TestBody, options: TestOptions = {}) => {
      tests(behaviour, () =>
        counted(`${subject}: ${behaviour}`, body, options.deadlineMs ?? 20_000),
      );
    },
    {
      skip: (behaviour: string, reason: string) => {
        counts.skipped += 1;
        console.log(`SKIPPED ${subject}: ${behaviour} (${reason})`);
      },
      beforeEach: (hook: TestBody) => {
        tests.before.each(hook);
      },
      afterEach: (hook: TestBody) => {
        tests.after.each(hook);
      },
      before: (hook: TestBody) => {
        tests.before(hook);
      },
      after: (hook: TestBody) => {
        tests.after(hook);
      },
    },
  );
  declare(it);
  tests.run();
}

async function counted(name: string, body: TestBody, deadlineMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`"${name}" did not finish within ${deadlineMs} ms.`));
    }, deadlineMs);
  });
  try {
    await Promise.race([Promise.resolve().then(body), deadline]);
    counts.passed += 1;
  } catch (error) {
    counts.failed += 1;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

process.on('exit', (code) => {
  process.stdout.write(`\n##counts ${JSON.stringify({ ...counts, code })}\n`);
});
