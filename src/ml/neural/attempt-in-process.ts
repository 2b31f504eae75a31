import { BackendRefusal, type BackendName } from './backend.ts';
import type { ProbeAnswer } from './backend-probe.ts';
import { requireFiles } from './native-packages.ts';
import { forkWorker } from './worker-process.ts';

/**
 * Tries a backend in a process of its own. What is not installed is told at
 * once, without one.
 * @throws BackendRefusal
 */
export function attemptInProcess(name: BackendName, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    requireFiles(name);
    const child = forkWorker('ml/neural/backend-probe', [name]);
    const end = (): void => {
      child.kill('SIGKILL');
    };
    signal.addEventListener('abort', end, { once: true });
    child.once('message', (answer: ProbeAnswer) => {
      if ('passed' in answer) resolve(answer.passed);
      else reject(new BackendRefusal(answer.refused, answer.fix));
      end();
    });
    child.once('error', reject);
    child.once('exit', (code, by) => {
      signal.removeEventListener('abort', end);
      reject(new BackendRefusal(`its process ended by ${by ?? `exit code ${String(code)}`}`));
    });
  });
}
