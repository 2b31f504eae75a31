import { POLICY } from './policy.ts';

interface Path {
  readonly method: string;
  readonly pattern: RegExp;
}

/** Every route but the dashboard's files, which take any path. */
const PATHS: readonly Path[] = Object.keys(POLICY)
  .filter((key) => key !== 'GET /*')
  .map((key) => {
    const [method = '', path = ''] = key.split(' ');
    const source = path
      .replace(/[.]/g, '\\.')
      .replace(/:[^/]+/g, '[^/]+')
      .replace(/\*$/, '.+');
    return { method, pattern: new RegExp(`^${source}$`) };
  });

/** The methods that a path of the API takes, HEAD with GET; none when there is no such path. */
export function methodsOf(path: string): readonly string[] {
  const methods = PATHS.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
  return [...new Set(methods.flatMap((each) => (each === 'GET' ? ['GET', 'HEAD'] : [each])))];
}
