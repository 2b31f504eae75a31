import { processContext } from './context.ts';
import { runCli } from './run.ts';

process.exitCode = await runCli(process.argv.slice(2), processContext());

// What a part left open must not keep a finished command running.
setTimeout(() => process.exit(), 2_000).unref();
