// Finds the servers that Watchkeeper and its tests talk to, and installs what
// is missing where that is safe: Debian packages as root, Go programs into
// ~/.cache/watchkeeper/bin. Nothing found is never fatal here: the system runs
// without and says what it lacks. `--no-provision` or WATCHKEEPER_NO_PROVISION=1
// looks only.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NATS_SERVER = { module: 'github.com/nats-io/nats-server/v2', version: 'v2.10.25', minGo: 22 };
const GO_CLIENTS = {
  folder: fileURLToPath(new URL('../test/gateway/outsiders/go', import.meta.url)),
  minGo: 22,
};
const FERRETDB = { module: 'github.com/FerretDB/FerretDB', version: 'v1.24.2', minGo: 22 };

/**
 * Looks for nats-server and, for tests, a MongoDB-protocol server, Chromium
 * and docker-compose. Resolves to the paths found; never rejects.
 */
export async function provision({ forTests, allowInstall, log, host = thisHost() }) {
  const tools = { allowInstall, log, host };
  const found = { natsServer: await natsServer(tools) };
  if (forTests) {
    found.mongod = host.find('mongod', 'WATCHKEEPER_MONGOD');
    found.ferretdb = found.mongod ? undefined : await ferretdb(tools);
    found.chromium = await debianTool(tools, {
      names: ['chromium', 'chromium-browser', 'google-chrome'],
      variable: 'WATCHKEEPER_CHROMIUM',
      package: 'chromium',
      without: 'browser tests are skipped',
    });
    found.dockerCompose = await debianTool(tools, {
      names: ['docker-compose'],
      variable: 'WATCHKEEPER_DOCKER_COMPOSE',
      package: 'docker-compose',
      without: 'the compose file is not checked',
    });
    found.kcat = await debianTool(tools, {
      names: ['kcat'],
      variable: 'WATCHKEEPER_KCAT',
      package: 'kcat',
      without: 'Kafka is not tested',
    });
    found.zstd = await debianTool(tools, {
      names: ['zstd'],
      variable: 'WATCHKEEPER_ZSTD',
      package: 'zstd',
      without: 'reading zstd is not compared with its program',
    });
    found.rsyslogd = await unpackedTool(tools, RSYSLOG);
    found.syslogNg = await unpackedTool(tools, SYSLOG_NG);
    found.rsyslogdHttp = await unpackedTool(tools, RSYSLOG_HTTP);
    found.syslogNgHttp = await unpackedTool(tools, SYSLOG_NG_HTTP);
    found.goClients = await goClients(tools);
  }
  return Object.fromEntries(Object.entries(found).filter(([, path]) => path !== undefined));
}

/** The environment variables through which children learn what was found. */
export function provisionEnv(found) {
  const names = {
    natsServer: 'WATCHKEEPER_NATS_SERVER',
    ferretdb: 'WATCHKEEPER_FERRETDB',
    mongod: 'WATCHKEEPER_MONGOD',
    chromium: 'WATCHKEEPER_CHROMIUM',
    dockerCompose: 'WATCHKEEPER_DOCKER_COMPOSE',
    kcat: 'WATCHKEEPER_KCAT',
    zstd: 'WATCHKEEPER_ZSTD',
    rsyslogd: 'WATCHKEEPER_RSYSLOGD',
    syslogNg: 'WATCHKEEPER_SYSLOG_NG',
    rsyslogdHttp: 'WATCHKEEPER_RSYSLOGD_HTTP',
    syslogNgHttp: 'WATCHKEEPER_SYSLOG_NG_HTTP',
    goClients: 'WATCHKEEPER_GO_CLIENTS',
  };
  return Object.fromEntries(
    Object.entries(names).flatMap(([key, name]) => (found[key] ? [[name, found[key]]] : [])),
  );
}

async function natsServer({ allowInstall, log, host }) {
  const present = host.find('nats-server', 'WATCHKEEPER_NATS_SERVER');
  if (present) return present;
  if (allowInstall && host.isDebianRoot) {
    if (await aptInstall({ log, host }, 'nats-server')) return host.find('nats-server');
  }
  if (allowInstall && (await host.goMinor()) >= NATS_SERVER.minGo) {
    const { module, version } = NATS_SERVER;
    const step = { label: `Building nats-server ${version} with Go`, minutes: 10 };
    const env = { GOBIN: host.cacheFolder };
    if (await runStep({ log, host }, step, ['go', ['install', `${module}@${version}`], { env }])) {
      return host.find('nats-server');
    }
  }
  log('No nats-server: alerts have no subscribers over NATS, and sites are not federated.');
  log(
    `  fix: ${host.isDebian ? 'sudo apt-get install -y nats-server' : `go install ${NATS_SERVER.module}@${NATS_SERVER.version}`}`,
  );
  return undefined;
}

async function ferretdb({ allowInstall, log, host }) {
  const present = host.find('ferretdb', 'WATCHKEEPER_FERRETDB');
  if (present) return present;
  if (allowInstall && (await host.goMinor()) >= FERRETDB.minGo) {
    const built = await buildFerretdb({ log, host });
    if (built) return built;
  }
  log('No mongod and no ferretdb: the MongoDB tests are skipped.');
  log('  fix: put mongod on PATH, or install Go 1.22 or newer and run the tests again.');
  return undefined;
}

/**
 * `go install …/cmd/ferretdb@v1.24.2` fails through the module proxy, which
 * refuses the list of versions that the check for deprecation asks for; so
 * the module is downloaded and a copy of it built. The module lacks the file
 * with its own version (the release script writes it), and the program panics
 * at its start without one.
 */
async function buildFerretdb({ log, host }) {
  const { module, version } = FERRETDB;
  const download = await host.run('go', ['mod', 'download', '-json', `${module}@${version}`], {
    minutes: 5,
  });
  const folder = download.code === 0 ? JSON.parse(download.stdout).Dir : undefined;
  if (!folder) {
    log(`Could not download FerretDB ${version}: ${lastLine(download)}`);
    return undefined;
  }
  const target = join(host.cacheFolder, 'ferretdb');
  const staging = `${target}.${process.pid}`;
  const copy = host.copyFolder(folder, { 'build/version/version.txt': `${version}\n` });
  const step = { label: `Building FerretDB ${version} with Go, about 2 minutes`, minutes: 15 };
  const build = ['go', ['build', '-trimpath', '-o', staging, './cmd/ferretdb'], { cwd: copy }];
  const isBuilt = await runStep({ log, host }, step, build);
  host.remove(copy);
  if (!isBuilt) return undefined;
  host.rename(staging, target);
  return target;
}

/** Clients of shippers' protocols that others wrote in Go, in one program; built anew when its source changes. */
async function goClients({ allowInstall, log, host }) {
  const name = `go-clients-${hashOf(GO_CLIENTS.folder)}`;
  const present = host.find(name, 'WATCHKEEPER_GO_CLIENTS');
  if (present) return present;
  if (allowInstall && (await host.goMinor()) >= GO_CLIENTS.minGo) {
    const target = join(host.cacheFolder, name);
    const staging = `${target}.${process.pid}`;
    const step = { label: 'Building clients of shippers with Go, about 2 minutes', minutes: 5 };
    const build = ['go', ['build', '-trimpath', '-o', staging, '.'], { cwd: GO_CLIENTS.folder }];
    if (await runStep({ log, host }, step, build)) {
      host.rename(staging, target);
      return target;
    }
  }
  log('No Go clients of Lumberjack, Fluent forward, OTLP and Elasticsearch: they are not tested.');
  return undefined;
}

/** A short hash of the files of a folder. */
function hashOf(folder) {
  const hash = createHash('sha256');
  for (const file of readdirSync(folder).sort()) hash.update(readFileSync(join(folder, file)));
  return hash.digest('hex').slice(0, 12);
}

async function debianTool({ allowInstall, log, host }, tool) {
  const look = () =>
    tool.names.map((name, i) => host.find(name, i === 0 ? tool.variable : undefined)).find(Boolean);
  const present = look();
  if (present) return present;
  if (allowInstall && host.isDebianRoot && (await aptInstall({ log, host }, tool.package)))
    return look();
  log(`No ${tool.names[0]}: ${tool.without}.`);
  if (host.isDebian) log(`  fix: sudo apt-get install -y ${tool.package}`);
  return undefined;
}

/** Installed together these two conflict, so they are only unpacked. */
const RSYSLOG = {
  name: 'rsyslogd',
  variable: 'WATCHKEEPER_RSYSLOGD',
  packages: ['rsyslog', 'libestr0', 'libfastjson4', 'liblognorm5'],
  command: '"$root/usr/sbin/rsyslogd" -M "$(echo "$root"/usr/lib/*/rsyslog)"',
};
const SYSLOG_NG = {
  name: 'syslog-ng',
  variable: 'WATCHKEEPER_SYSLOG_NG',
  packages: ['syslog-ng-core', 'libivykis0', 'libnet1', 'libpcre3', 'libwrap0'],
  command: '"$root/usr/sbin/syslog-ng" --module-path "$(echo "$root"/usr/lib/syslog-ng/[0-9]*)"',
};

const LIBCURL = { file: 'libcurl.so.4', package: 'libcurl4' };
/** The same with what they send over HTTP by; a daemon of this machine mostly lacks it. */
const RSYSLOG_HTTP = {
  ...RSYSLOG,
  name: 'rsyslogd-http',
  variable: 'WATCHKEEPER_RSYSLOGD_HTTP',
  packages: [...RSYSLOG.packages, 'rsyslog-elasticsearch'],
  library: LIBCURL,
};
const SYSLOG_NG_HTTP = {
  ...SYSLOG_NG,
  name: 'syslog-ng-http',
  variable: 'WATCHKEEPER_SYSLOG_NG_HTTP',
  packages: [...SYSLOG_NG.packages, 'syslog-ng-mod-http'],
  library: LIBCURL,
};

/** Downloads packages, unpacks them into a folder of the cache, and writes a script that starts the program there. */
const UNPACK = `set -e
bin=$1 name=$2 command=$3; shift 3
root="$(dirname "$bin")/debian/$name"
rm -rf "$root" && mkdir -p "$root/packages"
(cd "$root/packages" && apt-get download "$@")
for each in "$root"/packages/*.deb; do dpkg -x "$each" "$root"; done
rm -rf "$root/packages"
{
  echo '#!/bin/sh'
  echo "root='$root'"
  echo 'for folder in "$root"/usr/lib/*-linux-gnu "$root"/lib/*-linux-gnu "$root"/usr/lib/syslog-ng; do'
  echo '  LD_LIBRARY_PATH="$LD_LIBRARY_PATH\${LD_LIBRARY_PATH:+:}$folder"'
  echo 'done'
  echo 'export LD_LIBRARY_PATH'
  printf 'exec %s "$@"\\n' "$command"
} > "$bin/$name.new"
chmod 755 "$bin/$name.new" && mv "$bin/$name.new" "$bin/$name"`;

async function unpackedTool({ allowInstall, log, host }, tool) {
  const { name, variable, packages, command, library } = tool;
  const present = host.find(name, variable);
  if (present) return present;
  if (allowInstall && host.isDebian) {
    if (library !== undefined && !(await hasLibrary({ log, host }, library))) {
      log(`No ${name}: it needs the library ${library.file}.`);
      log(`  fix: sudo apt-get install -y ${library.package}`);
      return undefined;
    }
    const step = { label: `Unpacking ${name} from Debian`, minutes: 5 };
    const args = ['-c', UNPACK, 'sh', host.cacheFolder, name, command, ...packages];
    if (await runStep({ log, host }, step, ['sh', args])) return host.find(name, variable);
  }
  log(`No ${name}: its messages are not tested.`);
  return undefined;
}

/** A library conflicts with nothing, and has too many dependencies to be unpacked, so root installs it. */
async function hasLibrary(tools, { file, package: name }) {
  const { stdout } = await tools.host.run('/sbin/ldconfig', ['-p'], { minutes: 1 });
  if (stdout.includes(file)) return true;
  return tools.host.isDebianRoot && aptInstall(tools, name);
}

async function aptInstall(tools, name) {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['apt-get', ['install', '-y', '--no-install-recommends', name], { env }];
  const step = {
    label: `Installing the Debian package ${name} (apt-get install -y ${name})`,
    minutes: 10,
  };
  if (await runStep(tools, step, install)) return true;
  await tools.host.run('apt-get', ['update'], { minutes: 5, env });
  return runStep(
    tools,
    { ...step, label: `Installing ${name} again after apt-get update` },
    install,
  );
}

async function runStep({ log, host }, { label, minutes }, [file, args, options]) {
  log(`${label} …`);
  const started = performance.now();
  const result = await host.run(file, args, { ...options, minutes });
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  if (result.code === 0) log(`  done in ${seconds} s.`);
  else log(`  failed after ${seconds} s: ${lastLine(result)}`);
  return result.code === 0;
}

function lastLine({ stderr, stdout, code }) {
  return `${stdout}\n${stderr}`.trim().split('\n').at(-1) || `exit code ${code}`;
}

/** What this machine offers; tests give a small stand-in. */
export function thisHost(env = process.env) {
  const cacheFolder = join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'watchkeeper', 'bin');
  const isDebian = existsSync('/etc/debian_version');
  return {
    cacheFolder,
    isDebian,
    isDebianRoot: isDebian && process.getuid?.() === 0,
    find: (name, variable) => findProgram(name, { env, variable, cacheFolder }),
    rename: renameSync,
    copyFolder: copyWith,
    remove: (folder) => rmSync(folder, { recursive: true, force: true }),
    async goMinor() {
      const { code, stdout } = await run('go', ['version'], { minutes: 1 });
      return code === 0 ? Number(/go1\.(\d+)/.exec(stdout)?.[1] ?? 0) : 0;
    },
    run(file, args, options) {
      mkdirSync(cacheFolder, { recursive: true });
      return run(file, args, options);
    },
  };
}

/** A program by its variable, on PATH, where Debian keeps servers (not on every user's PATH), or in the cache. */
function findProgram(name, { env, variable, cacheFolder }) {
  const named = variable && env[variable];
  if (named && isProgram(named)) return named;
  const folders = [
    ...(env.PATH ?? '').split(delimiter),
    '/usr/sbin',
    '/usr/local/sbin',
    cacheFolder,
  ];
  const suffixes = process.platform === 'win32' ? ['.exe', '.cmd'] : [''];
  return folders
    .filter(Boolean)
    .flatMap((folder) => suffixes.map((suffix) => join(folder, name + suffix)))
    .find(isProgram);
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function run(file, args, { cwd, env = {}, minutes }) {
  return new Promise((resolve) => {
    const options = {
      cwd,
      env: { ...process.env, ...env },
      timeout: minutes * 60_000,
      maxBuffer: 64 * 1024 * 1024,
    };
    execFile(file, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 127;
      resolve({ code, stdout, stderr: stderr || (error?.message ?? '') });
    });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const log = (line) => process.stderr.write(`${line}\n`);
  const found = await provision({
    forTests: process.argv.includes('--tests'),
    allowInstall:
      !process.argv.includes('--no-provision') && process.env.WATCHKEEPER_NO_PROVISION !== '1',
    log,
  });
  for (const [name, path] of Object.entries(found)) process.stdout.write(`${name}\t${path}\n`);
}

/** A writable copy of a folder in the temporary folder, with some files (by relative path) added. */
function copyWith(folder, files) {
  const copy = mkdtempSync(join(tmpdir(), 'watchkeeper-'));
  cpSync(folder, copy, { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    const parent = dirname(join(copy, path));
    // Go keeps its module cache read-only.
    chmodSync(parent, 0o755);
    writeFileSync(join(copy, path), text);
  }
  return copy;
}
