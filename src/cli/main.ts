import { setFlagsFromString } from 'node:v8';
import { processContext } from './context.ts';
import { runCli } from './run.ts';

// Patterns of configurations come from people: one that backtracks without end is
// run by V8's linear engine instead. It must be set before the first is compiled.
setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');

/** As a shell reports a program ended by SIGPIPE. */
const BROKEN_PIPE = 141;

// `watchkeeper query | head` closes the pipe early: that ends the command quietly.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(BROKEN_PIPE);
  });
}

process.exitCode = await runCli(process.argv.slice(2), processContext());

// What a part left open must not keep a finished command running.
setTimeout(() => process.exit(), 2_000).unref();
