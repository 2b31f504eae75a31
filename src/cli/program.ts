import { Command } from 'commander';
import { actorsCommand } from './commands/actors.ts';
import { alertsCommand } from './commands/alerts.ts';
import { backtestCommand } from './commands/backtest.ts';
import { benchCommand } from './commands/bench.ts';
import { configCommand } from './commands/config.ts';
import { demoCommand } from './commands/demo.ts';
import { deviceCommand } from './commands/device.ts';
import { dlqCommand } from './commands/dlq.ts';
import { doctorCommand } from './commands/doctor.ts';
import { explainCommand } from './commands/explain.ts';
import { modelsCommand } from './commands/models.ts';
import { parseCommand } from './commands/parse.ts';
import { followCommand } from './commands/follow.ts';
import { importCommand } from './commands/import.ts';
import { queryCommand } from './commands/query.ts';
import { redactCommand } from './commands/redact.ts';
import { replayCommand } from './commands/replay.ts';
import { sendCommand } from './commands/send.ts';
import { simCommand } from './commands/sim.ts';
import { tapCommand } from './commands/tap.ts';
import { templatesCommand } from './commands/templates.ts';
import { tokenCommand } from './commands/token.ts';
import { upCommand } from './commands/up.ts';
import { versionCommand } from './commands/version.ts';
import type { CliContext } from './context.ts';
import { packageVersion } from './package-version.ts';

const HELP = `
First steps:
  watchkeeper demo            start a site with simulated watches and services, and watch alerts appear
  watchkeeper doctor          check this machine and the running site
  watchkeeper up              start a site that waits for your own watches and services
  watchkeeper test            run the checks and the tests (the launcher does it; see docs/cli.md)

Exit codes: 0 ok, 1 failed, 2 usage, 69 something is missing, 75 try again, 77 not allowed, 78 bad configuration.
Environment: WATCHKEEPER_URL, WATCHKEEPER_TOKEN, WATCHKEEPER_NATS_URL, WATCHKEEPER_MONGODB_URL, WATCHKEEPER_MODELS, WATCHKEEPER_S3_URL, NO_COLOR.`;

/** The whole command line. */
export function createProgram(context: CliContext): Command {
  const program = new Command('watchkeeper')
    .description('Live monitoring for smartwatches and services, with alerts that are never lost.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .addHelpText('after', HELP);
  const commands = [
    demoCommand,
    upCommand,
    doctorCommand,
    configCommand,
    deviceCommand,
    tokenCommand,
    simCommand,
    sendCommand,
    importCommand,
    followCommand,
    replayCommand,
    parseCommand,
    queryCommand,
    redactCommand,
    alertsCommand,
    explainCommand,
    tapCommand,
    actorsCommand,
    dlqCommand,
    templatesCommand,
    modelsCommand,
    backtestCommand,
    benchCommand,
    versionCommand,
  ];
  for (const create of commands) program.addCommand(create(context));
  return program;
}
