import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../../core/root.ts';

/**
 * Runs `src/<name>.worker.ts` as a process of its own, with messages by
 * structured clone and no output; as `startWorker` does for threads. It keeps
 * this process alive no longer than its own messages do.
 */
export function forkWorker(name: string, args: readonly string[] = []): ChildProcess {
  const isBuilt = !import.meta.url.endsWith('.ts');
  const folder = isBuilt ? ['dist', 'js'] : ['src'];
  const file = join(projectRoot(), ...folder, `${name}.worker.${isBuilt ? 'js' : 'ts'}`);
  return fork(file, args, {
    cwd: projectRoot(),
    execArgv: isBuilt ? [] : ['--import', 'tsx', '--no-warnings'],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
}
