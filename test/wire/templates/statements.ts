import { createSeededRandom, type SeededRandom } from './seeded-random.ts';

/** A line and the template that its program wrote it with. */
export interface LabelledLine {
  readonly line: string;
  readonly template: string;
}

/**
 * Statements as programs of many kinds write them. They were written from
 * memory of such programs, by somebody who had seen the ten public log sets.
 * `{kind}` stands for a value of that kind.
 */
export const STATEMENTS: Readonly<Record<string, readonly string[]>> = {
  database: [
    'checkpoint starting: time',
    'checkpoint starting: wal',
    'checkpoint complete: wrote {int} buffers ({float}%); {int} WAL file(s) added, {int} removed, {int} recycled; write={float} s, sync={float} s, total={float} s',
    'connection received: host={ip} port={port}',
    'connection authorized: user={user} database={name}',
    'disconnection: session time: {clock} user={user} database={name} host={ip} port={port}',
    'could not receive data from client: Connection reset by peer',
    'password authentication failed for user "{user}"',
    'database "{name}" does not exist',
    'automatic vacuum of table "{name}.public.{name}": index scans: {int}',
    'duration: {float} ms',
    'canceling statement due to statement timeout',
    'canceling statement due to user request',
    'process {int} still waiting for ShareLock on transaction {int} after {float} ms',
    'database system is ready to accept connections',
    'database system was shut down at {date}',
    'received fast shutdown request',
  ],
  init: [
    'Started Session {int} of user {user}.',
    'Starting Session {int} of user {user}.',
    'Removed session {int}.',
    'New session {int} of user {user}.',
    'Created slice User Slice of {user}.',
    'Stopping User Manager for UID {int}...',
    'Stopped User Manager for UID {int}.',
    '{unit}.service: Main process exited, code=exited, status={int}/FAILURE',
    '{unit}.service: Failed with result exit-code.',
    '{unit}.service: Scheduled restart job, restart counter is at {int}.',
    'Reloading.',
    'Reached target Network is Online.',
    'Reached target Timers.',
    'Listening on D-Bus System Message Bus Socket.',
    'Time has been changed',
  ],
  kernel: [
    '{nic}: link becomes ready',
    '{nic}: renamed from {nic}',
    'device {nic} entered promiscuous mode',
    'device {nic} left promiscuous mode',
    'Out of memory: Kill process {int} ({unit}) score {int} or sacrifice child',
    'Killed process {int} ({unit}) total-vm:{int}kB, anon-rss:{int}kB, file-rss:{int}kB',
    'TCP: request_sock_TCP: Possible SYN flooding on port {port}. Sending cookies. Check SNMP counters.',
    'EXT4-fs ({disk}): mounted filesystem with ordered data mode. Opts: (null)',
    'EXT4-fs ({disk}): recovery complete',
    'usb {int}-{int}: new high-speed USB device number {int} using xhci_hcd',
    'usb {int}-{int}: USB disconnect, device number {int}',
    'CPU{int}: Core temperature above threshold, cpu clock throttled (total events = {int})',
    'CPU{int}: Core temperature/speed normal',
    '[drm] Initialized i915 {int}.{int}.{int} for {hexcolon} on minor {int}',
    'audit: type={int} audit({float}:{int}): apparmor="DENIED" operation="open" profile="{path}" name="{path}" pid={int} comm="{unit}"',
    'blk_update_request: I/O error, dev {disk}, sector {int}',
    'Buffer I/O error on dev {disk}, logical block {int}, lost async page write',
  ],
  containers: [
    'Pulling image "{image}"',
    'Successfully pulled image "{image}" in {float}s',
    'Created container {unit}',
    'Started container {unit}',
    'Killing container with id {longid}',
    'Back-off restarting failed container {unit} in pod {pod}',
    'Readiness probe failed: HTTP probe failed with statuscode: {int}',
    'Liveness probe failed: Get {url}: dial tcp {ip}:{port}: connect: connection refused',
    'Node {host} status is now: NodeNotReady',
    'Node {host} status is now: NodeReady',
    'Scaled up replica set {pod} to {int}',
    'Scaled down replica set {pod} to {int}',
    'Successfully assigned {name}/{pod} to {host}',
    'SyncLoop (ADD, api): {pod}',
    'SyncLoop (DELETE, api): {pod}',
    'MountVolume.SetUp succeeded for volume {unit} (UniqueName: {path}) pod {pod} (UID: {uuid})',
  ],
  batch: [
    'Progress of attempt {attempt} is : {float}',
    'Task {task} transitioned from NEW to SCHEDULED',
    'Task {task} transitioned from SCHEDULED to RUNNING',
    'Task {task} transitioned from RUNNING to SUCCEEDED',
    'Assigned container {containerid} to {attempt}',
    'Processing split: hdfs://{host}:{port}{path}:{int}+{int}',
    'Launching {attempt}',
    'Diagnostics report from {attempt}: Container killed by the ApplicationMaster.',
    'Finished task {float} in stage {float} (TID {int}) in {int} ms on {host} ({int}/{int})',
    'Running task {float} in stage {float} (TID {int})',
    'Found block {block} locally',
    'Block {block} stored as values in memory (estimated size {size}, free {size})',
    'Removed {block} on {host}:{port} in memory (size: {size}, free: {size})',
    'maxMemory={int}, mergeThreshold={int}, ioSortFactor={int}, memToMemMergeOutputsThreshold={int}',
    'Reduce slow start threshold not met. completedMapsForReduceSlowstart {int}',
    'Retrying connect to server: {host}/{ip}:{port}. Already tried {int} time(s); maxRetries={int}',
    'DataStreamer Exception',
    'Shutting down',
  ],
  machines: [
    'Temperature ({int}C) exceeds warning threshold',
    'Fan speeds ( {int} {int} {int} {int} {int} {int} )',
    'Link error on broadcast tree Interconnect-{int}:{int}:{int}:{int}:{int}',
    'node node-{int} has detected an available network connection on network {ip} via interface {nic}',
    'Command has completed successfully',
    'Command has been aborted',
    'boot (command {int})',
    'wait (command {int})',
    'halt (command {int})',
    '{int} {int} error(s) detected and corrected over {int} seconds',
    'instruction cache parity error corrected',
    'data TLB error interrupt',
    'generating core.{int}',
    'ciod: failed to read message prefix on control stream (CioStream socket to {ip}:{port}',
    'CE sym {int}, at {hex}, mask {hex}',
    'machine check register {int}: {hex}',
    'rts: kernel terminated for reason {int}',
    'program interrupt: illegal instruction......{int}',
    'program interrupt: privileged instruction...{int}',
    'shutdown complete',
  ],
  mail: [
    'connect from {host}[{ip}]',
    'disconnect from {host}[{ip}] ehlo={int} mail={int} rcpt={int} data={int} quit={int} commands={int}',
    '{queueid}: from=<{mail}>, size={int}, nrcpt={int} (queue active)',
    '{queueid}: removed',
    '{queueid}: message-id=<{mail}>',
    '{queueid}: to=<{mail}>, relay={host}[{ip}]:{port}, delay={float}, delays={float}/{float}/{float}/{float}, dsn={int}.{int}.{int}, status=sent (250 OK)',
    'warning: hostname {host} does not resolve to address {ip}: Name or service not known',
    'lost connection after AUTH from {host}[{ip}]',
    'lost connection after CONNECT from {host}[{ip}]',
    'statistics: max connection rate {int}/60s for (smtp:{ip}) at {month} {int} {clock}',
  ],
  scheduler: [
    '({user}) CMD ({path})',
    '({user}) LIST ({user})',
    '({user}) RELOAD (crontabs/{user})',
    'pam_unix(cron:session): session opened for user {user} by (uid={int})',
    'pam_unix(cron:session): session closed for user {user}',
    '{user} : TTY=pts/{int} ; PWD={path} ; USER=root ; COMMAND={path}',
    'job {int} completed with status {int}',
    'synchronized to {ip}, stratum {int}',
    'no server suitable for synchronization found',
    'time reset {float} s',
    'DHCPREQUEST on {nic} to {ip} port {port}',
    'DHCPACK from {ip}',
    'bound to {ip} -- renewal in {int} seconds.',
  ],
  web: [
    '{ip} - - "GET {path} HTTP/1.1" {int} {int}',
    '{ip} - - "POST {path} HTTP/1.1" {int} {int}',
    'upstream timed out ({int}: Connection timed out) while reading response header from upstream, client: {ip}, server: {host}, request: "GET {path} HTTP/1.1", upstream: "{url}", host: "{host}"',
    'signal {int} (SIGCHLD) received from {int}',
    'worker process {int} exited with code {int}',
    'start worker process {int}',
    'gracefully shutting down',
    'client {ip} closed keepalive connection',
    'SSL_do_handshake() failed (SSL: error:{hexcap}:SSL routines:{name}:wrong version number) while SSL handshaking, client: {ip}, server: {ip}:{port}',
  ],
  services: [
    'Request {uuid} completed in {int}ms with status {int}',
    'User {user} logged in from {ip}',
    'User {user} logged out',
    'Login failed for user {user}: invalid password',
    'Login failed for user {user}: account locked',
    'Order {int} created for customer {int}, total {float} EUR',
    'Payment declined for order {int}: insufficient funds',
    'Payment declined for order {int}: card expired',
    'Cache miss for key user:{int}:profile',
    'Cache hit for key user:{int}:profile',
    'Retrying in {int} seconds (attempt {int} of {int})',
    'Circuit breaker {name} state changed from CLOSED to OPEN',
    'Circuit breaker {name} state changed from OPEN to HALF_OPEN',
    'GC pause (young) {size}->{size}({size}) {float}ms',
    'Consumer group {name} rebalanced: generation={int} members={int}',
    'Feature flag {name} is {bool}',
    'Uploaded {path} ({size}) to bucket {name} in {float} s',
    'Queue depth {int} above limit {int}',
    'Health check passed',
    'Health check failed: {int} of {int} probes',
    'Configuration reloaded from {path}',
    'Unhandled exception in worker {int}: java.lang.NullPointerException',
    'Unhandled exception in worker {int}: java.lang.OutOfMemoryError',
  ],
  desktop: [
    'en{int}: BSSID changed to {mac}',
    'ARPT: {float}: wl{int}: setDISASSOCIATE called',
    'ARPT: {float}: wl{int}: leaveModulePoweredForOffloads: Wi-Fi will stay on.',
    'Thermal pressure state: {int} Memory pressure state: {int}',
    'Unexpected payload found for message {int}, dataLen {int}',
    'tcp_connection_destination_perform_socket_connect {int} connectx to {ip}:{port} failed: [{int}] Network is unreachable',
    'Basemark: IOHIDEvent queue is full, dropped {int} events',
    'assertion failed: 15G{int}: libxpc.dylib + {int} [{uuid}]: {hex}',
    'Previous sleep cause: {int}',
    'Wake reason: EC.SleepTimer (SleepTimer)',
    'Wake reason: ARPT (Network)',
    'hibernate image path: {path}',
    'AirPort: Link Down on awdl{int}. Reason {int} (Disassociated because station leaving).',
    'AirPort: Link Up on awdl{int}',
    'in6_unlink_ifa: IPv6 address {hex} has no prefix',
  ],
  raid: [
    'Controller {int}: Patrol read started',
    'Controller {int}: Patrol read complete, {int} errors',
    'Physical drive {int}:{int} state changed from Online to Failed',
    'Physical drive {int}:{int} state changed from Rebuild to Online',
    'Virtual drive {name} is degraded',
    'Virtual drive {name} is now optimal',
    'Battery charge at {int}%, relearn due {date}',
    'Predictive failure on drive {int}:{int}, serial {queueid}',
    'Fan {int} speed {int} rpm below minimum {int}',
    'Power supply {int} input lost',
    'Power supply {int} input restored',
    'Firmware of {path} updated from {int}.{int} to {int}.{int}',
  ],
  broker: [
    'Accepted connection from {ip}:{port} as client {queueid}',
    'Client {queueid} disconnected: keepalive timeout',
    'Client {queueid} disconnected: protocol error',
    'Created log for partition {name}-{int} in {path} with properties {}',
    '[GroupCoordinator {int}]: Preparing to rebalance group {name} in state PreparingRebalance with old generation {int} (reason: {user} joined)',
    '[GroupCoordinator {int}]: Stabilized group {name} generation {int} with {int} members',
    'Rolled new log segment for {name}-{int} in {int} ms',
    'Deleting segment {int} of {name}-{int} due to retention time breach',
    'Leader for partition {name}-{int} is broker {int}, epoch {int}',
    'Broker {int} failed heartbeat check after {float} s',
    'Topic {name} has {int} partitions and {int} replicas',
    'Throttled produce of client {queueid} for {int} ms',
  ],
  router: [
    '%LINK-{int}-UPDOWN: Interface GigabitEthernet{int}/{int}, changed state to down',
    '%LINK-{int}-UPDOWN: Interface GigabitEthernet{int}/{int}, changed state to up',
    '%SYS-{int}-CONFIG_I: Configured from console by {user} on vty{int} ({ip})',
    'BGP neighbor {ip} Down: hold time expired',
    'BGP neighbor {ip} Up',
    'OSPF: Process {int}, Nbr {ip} on {nic} from LOADING to FULL, Loading Done',
    'Denied tcp {ip}({port}) -> {ip}({port}), {int} packets',
    'Permitted udp {ip}({port}) -> {ip}({port}), {int} packets',
    'Duplicate address {ip} on {nic}, sourced by {mac}',
    'MAC {mac} moved from port {nic} to port {nic}',
    'NTP clock synchronized to {ip}',
    'Login failed [user: {user}] [Source: {ip}] [Reason: Invalid login]',
  ],
  build: [
    'Cloning into {path}',
    'Fetching {int} objects: done',
    'Compiling module {name} ({int} of {int})',
    'warning: unused variable {name} at {path}:{int}:{int}',
    'error: cannot find symbol {name} at {path}:{int}:{int}',
    'Test suite {name} passed in {float} s',
    'Test suite {name} failed in {float} s with {int} failures',
    'Publishing artifact {name}-{int}.{int}.{int}.tar.gz ({size})',
    'Cache restored from key {longid}',
    'Cache not found for key {longid}',
    'Stage {name} took {int}m {int}s',
    'Build {int} finished with result SUCCESS',
    'Build {int} finished with result FAILURE',
    'Waiting for agent with label {name}',
    'Agent {host} is online',
    'Agent {host} is offline: channel closed',
  ],
};

const USERS =
  'root admin alice bob carol mallory deploy postgres backup guest www-data nagios'.split(' ');
const NAMES =
  'orders users billing inventory sessions audit_log payments search catalog reports'.split(' ');
const UNITS = 'nginx sshd crond redis-server payment-api worker metrics-agent dockerd'.split(' ');
const HOSTS =
  'node-1 node-2 node-17 db01.example.org web.example.com mail.example.net localhost'.split(' ');
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const DIRECTORIES = 'var usr lib home opt data srv log run tmp backup'.split(' ');
const HEX_DIGITS = '0123456789abcdef';

type Draw = (random: SeededRandom) => string;

const hex = (random: SeededRandom, length: number): string =>
  Array.from({ length }, () => HEX_DIGITS[random.below(16)]).join('');
const pick =
  (values: readonly string[]): Draw =>
  (random) =>
    values[random.below(values.length)] ?? '';
const int: Draw = (random) => String(random.below(10 ** (1 + random.below(5))));
const ip: Draw = (random) => Array.from({ length: 4 }, () => random.below(256)).join('.');
const two = (random: SeededRandom, limit: number): string =>
  String(random.below(limit)).padStart(2, '0');
const clock: Draw = (random) => `${two(random, 24)}:${two(random, 60)}:${two(random, 60)}`;
const path: Draw = (random) =>
  Array.from({ length: 2 + random.below(3) }, () => `/${pick(DIRECTORIES)(random)}`).join('');
const uuid: Draw = (random) => [8, 4, 4, 4, 12].map((length) => hex(random, length)).join('-');
const stamp: Draw = (random) => `14451${random.below(100_000_000)}_${two(random, 99)}`;

const DRAWS: Readonly<Record<string, Draw>> = {
  int,
  ip,
  clock,
  path,
  uuid,
  float: (random) => `${random.below(300)}.${random.below(1000)}`,
  port: (random) => String(1024 + random.below(60_000)),
  user: pick(USERS),
  name: pick(NAMES),
  unit: pick(UNITS),
  host: pick(HOSTS),
  nic: (random) => `eth${random.below(4)}`,
  disk: (random) => `sd${pick(['a', 'b', 'c'])(random)}${1 + random.below(4)}`,
  date: (random) => `2026-${two(random, 12)}-${two(random, 28)} ${clock(random)} UTC`,
  month: pick(MONTHS),
  bool: pick(['true', 'false']),
  hex: (random) => `0x${hex(random, 8)}`,
  hexcap: (random) => hex(random, 8).toUpperCase(),
  hexcolon: (random) => `0000:${two(random, 99)}:${two(random, 32)}.${random.below(8)}`,
  longid: (random) => hex(random, 64),
  mac: (random) => Array.from({ length: 6 }, () => hex(random, 2)).join(':'),
  size: (random) =>
    `${random.below(900)}.${random.below(10)} ${pick(['B', 'KB', 'MB', 'GB'])(random)}`,
  image: (random) => `registry.example.com/team/${pick(UNITS)(random)}:v1.${random.below(40)}`,
  pod: (random) => `${pick(UNITS)(random)}-${hex(random, 10)}-${hex(random, 5)}`,
  url: (random) => `http://${ip(random)}:${1024 + random.below(6000)}${path(random)}`,
  mail: (random) => `${pick(USERS)(random)}@${pick(['example.com', 'mail.example.org'])(random)}`,
  queueid: (random) => hex(random, 10).toUpperCase(),
  attempt: (random) => `attempt_${stamp(random)}_m_${random.below(1000)}_0`,
  task: (random) => `task_${stamp(random)}_m_${random.below(1000)}`,
  containerid: (random) => `container_${stamp(random)}_01_${random.below(1000)}`,
  block: (random) => `rdd_${random.below(40)}_${random.below(400)}`,
};

/** Lines of one source, common statements first, always the same for one seed. */
export function labelledLines(source: string, count: number, seed: number): LabelledLine[] {
  const random = createSeededRandom(seed);
  const statements = STATEMENTS[source] ?? [];
  return Array.from({ length: count }, () => {
    // The square makes some statements common and some rare, as they are in life.
    const rank = Math.floor((random.below(1000) / 1000) ** 2 * statements.length);
    const statement = statements[rank] ?? '';
    return {
      line: statement.replace(
        /\{(\w+)\}/g,
        (_, kind: string) => DRAWS[kind]?.(random) ?? `{${kind}}`,
      ),
      template: statement.replace(/\{\w+\}/g, '<*>'),
    };
  });
}
