import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { WatchkeeperError } from '../../core/errors.ts';
import { versionOf } from '../../ml/registry/version.ts';
import { MAX_ARTEFACT_BYTES, MODEL_STAGES, type ModelStage } from '../../model/models.ts';
import { replaceFile } from '../../security/replace-file.ts';
import { createCommand, printJson, printLine } from '../command.ts';
import type { CliContext } from '../context.ts';
import { modelCommand, reasonOf, withReason, type StepOptions } from '../models/model-command.ts';
import { withRegistry, type ModelOptions } from '../models/open-registry.ts';
import { printModels, printVersion, printVersions, short } from '../models/print-models.ts';
import { artefactBytes } from '../models/version.ts';
import { evalCommand } from './models-eval.ts';
import { pruneCommand } from './models-prune.ts';
import { trainCommand } from './models-train.ts';

/** `watchkeeper models …`: works on the models of a data folder, whether a site runs there or not. */
export function modelsCommand(context: CliContext): Command {
  const command = createCommand('models', {
    about: 'Train, judge and promote models, and roll them back',
    more:
      'A model has versions, and each stands in a stage: shadow (it scores and raises nothing), canary\n' +
      '(it judges a part of the subjects), live, retired. One version is live at most. A running site\n' +
      'sees a change within a second and loses nothing of what it knows of its subjects.',
    examples: [
      ['models train vitals quiet-week.csv --kind isolation_forest', 'a new version, as shadow'],
      ['models promote vitals', 'to canary, then to live'],
      ['models rollback vitals --why "false alarms"', 'back to the version before'],
    ],
  });
  const parts = [
    listCommand,
    showCommand,
    trainCommand,
    evalCommand,
    promoteCommand,
    rollbackCommand,
    exportCommand,
    addCommand,
    pruneCommand,
  ];
  for (const create of parts) command.addCommand(create(context));
  return command;
}

function listCommand(context: CliContext): Command {
  return modelCommand('list', {
    about: 'List the models and which of their versions are in force',
    examples: [['models list --json', 'with all versions and their history']],
  }).action((options: ModelOptions) =>
    withRegistry(context, options, async (registry) => {
      const models = await registry.list();
      if (options.json === true) printJson(context, { models });
      else printModels(context, models);
    }),
  );
}

function showCommand(context: CliContext): Command {
  return modelCommand('show <name> [version]', {
    about: 'Show the versions of a model, or one of them: what it was trained on, and its stages',
    examples: [
      ['models show vitals', 'its versions and who changed their stages, and why'],
      ['models show vitals 3f9a', 'one version; the beginning of its id is enough'],
    ],
  }).action((name: string, prefix: string | undefined, options: ModelOptions) =>
    withRegistry(context, options, async (registry) => {
      const stages = await registry.stages(name);
      const one = prefix === undefined ? undefined : versionOf(stages, prefix);
      const versions = await registry.versions(name);
      if (one !== undefined) {
        const version = versions.find(({ id }) => id === one.id);
        if (options.json === true) printJson(context, version);
        else if (version !== undefined) printVersion(context, version);
      } else if (options.json === true) printJson(context, { ...stages, models: versions });
      else printVersions(context, versions, stages);
    }),
  );
}

interface PromoteOptions extends StepOptions {
  readonly to?: ModelStage;
  readonly share?: number;
}

function promoteCommand(context: CliContext): Command {
  const command = modelCommand('promote <name> [version]', {
    about: 'Move a version to its next stage: shadow, canary, live',
    more:
      'Without a version it is the canary, else the newest shadow. A version that goes live retires the\n' +
      'one before, which stays at hand for a rollback.',
    examples: [
      ['models promote vitals', 'the newest shadow becomes canary, the canary live'],
      ['models promote vitals 3f9a --to canary --share 0.25', 'for a quarter of the subjects'],
      ['models promote vitals 3f9a --to retired', 'out of the way'],
    ],
  });
  return withReason(command)
    .addOption(new Option('--to <stage>', 'stage to move to (the next one)').choices(MODEL_STAGES))
    .option('--share <part>', 'part of the subjects that a canary judges (0.1)', shareOf)
    .action((name: string, prefix: string | undefined, options: PromoteOptions) =>
      withRegistry(context, options, async (registry) => {
        const { to, share } = options;
        const { id, stages, ...step } = await registry.promote(name, {
          ...(prefix === undefined ? {} : { version: prefix }),
          ...(to === undefined ? {} : { to }),
          ...(share === undefined ? {} : { share }),
          ...reasonOf(context, options),
        });
        if (options.json === true) return printJson(context, stages);
        printLine(context, `${name} ${short(id)}: ${step.from} → ${step.to}.`);
      }),
    );
}

function rollbackCommand(context: CliContext): Command {
  const command = modelCommand('rollback <name>', {
    about: 'Make the version live again that was live before',
    more: 'A second rollback goes one further back; what was rolled back does not return by itself.',
    examples: [['models rollback vitals --why "false alarms since noon"', 'within a second']],
  });
  return withReason(command).action((name: string, options: StepOptions) =>
    withRegistry(context, options, async (registry) => {
      const after = await registry.rollback(name, reasonOf(context, options));
      if (options.json === true) return printJson(context, after);
      const live = after.models.find(({ stage }) => stage === 'live');
      printLine(context, `${name} ${short(live?.id ?? '')} is live again.`);
    }),
  );
}

interface ExportOptions extends ModelOptions {
  readonly out?: string;
}

function exportCommand(context: CliContext): Command {
  return modelCommand('export <name[@version]>', {
    about: 'Write a version to a file, for another site',
    more: 'Without a version it is the live one, else the newest.',
    examples: [
      ['models export vitals', 'to vitals-<id>.wkm'],
      ['models export vitals@3f9a --out model.wkm', 'one version, to a file of your choice'],
    ],
  })
    .option('--out <file>', 'file to write')
    .action((reference: string, options: ExportOptions) =>
      withRegistry(context, options, async (registry) => {
        const { id, bytes } = await artefactBytes(registry, reference);
        const name = reference.split('@')[0] ?? '';
        const file = resolve(context.cwd, options.out ?? `${name}-${short(id)}.wkm`);
        await replaceFile(file, bytes).catch((cause: unknown) => {
          throw new WatchkeeperError('USAGE', `"${file}" cannot be written.`, { cause });
        });
        if (options.json === true) printJson(context, { id, file, bytes: bytes.length });
        else printLine(context, `Wrote ${short(id)} to ${file} (${bytes.length} bytes).`);
      }),
    );
}

function addCommand(context: CliContext): Command {
  const command = modelCommand('add <file>', {
    about: 'Take a version from a file that another site exported, as shadow',
    examples: [['models add vitals-3f9a01c2d4e5.wkm', 'under the name that it carries']],
  });
  return withReason(command).action((file: string, options: StepOptions) =>
    withRegistry(context, options, async (registry) => {
      const bytes = await readArtefact(resolve(context.cwd, file));
      const { id, stages } = await registry.put(bytes, reasonOf(context, options));
      if (options.json === true) printJson(context, { id, name: stages.name });
      else printLine(context, `${stages.name} has ${short(id)} now.`);
    }),
  );
}

async function readArtefact(file: string): Promise<Uint8Array> {
  const size = await stat(file).then(
    (found) => found.size,
    (cause: unknown) => {
      throw new WatchkeeperError('USAGE', `"${file}" cannot be read.`, { cause });
    },
  );
  if (size <= MAX_ARTEFACT_BYTES) return readFile(file);
  throw new WatchkeeperError('MODEL_INVALID', `"${file}" is over 64 MiB, and no artefact is.`);
}

function shareOf(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value <= 1) return value;
  throw new InvalidArgumentError('Expected a part of the subjects above 0, at most 1.');
}
