// Completes package-lock.json with the optional platform packages that npm
// leaves out when it cannot see them, so that `npm ci` passes on every
// platform. Run after `npm install` changed the lock.
import { readFileSync, writeFileSync } from 'node:fs';

const path = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8'));

/** Reads os, cpu and libc from names such as `@scope/name-linux-arm64-musl`. */
function platformOf(name) {
  const tail = name.split('/').at(-1);
  const os = /(?:win32|windows)/.test(tail)
    ? 'win32'
    : (tail.match(/darwin|linux|freebsd|openbsd|netbsd|android|sunos|aix|openharmony/)?.[0] ??
      'none');
  const cpu =
    tail.match(/x64|arm64|ia32|riscv64|ppc64|s390x|loong64|mips64el|arm\b|arm-/)?.[0] ?? 'none';
  return { os: [os], cpu: [cpu.replace('-', '')] };
}

let added = 0;
for (const [from, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const nested = `${from}/node_modules/${name}`;
    const top = `node_modules/${name}`;
    if (lock.packages[nested] || lock.packages[top]) continue;
    lock.packages[top] = {
      version,
      ...(entry.dev ? { dev: true } : {}),
      optional: true,
      ...platformOf(name),
    };
    added += 1;
  }
}
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)),
);
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`Added ${added} platform packages to package-lock.json.`);
