import assert from 'node:assert/strict';
import fc from 'fast-check';
import { linuxSyslog, openSsh, rfc3164 } from '../../../../src/wire/parsers/syslog/bsd-syslog.ts';
import { describe } from '../../../support/suite.ts';

const receivedAt = Date.UTC(2026, 0, 1);
const ssh = (message: string) =>
  openSsh.parse(`Dec 10 06:55:46 lab sshd[24200]: ${message}`, { receivedAt });

/** Message, level, user, error code. */
type Row = readonly [string, string, string | undefined, string | undefined];

describe('OpenSSH lines', (it) => {
  const rows: readonly Row[] = [
    ['Failed password for root from 10.0.0.1 port 22 ssh2', 'ERROR', 'root', 'AUTH_FAILED'],
    [
      'Failed password for invalid user bob from 10.0.0.1 port 22 ssh2',
      'ERROR',
      'bob',
      'AUTH_FAILED',
    ],
    [
      'Failed none for invalid user 0101 from 10.0.0.1 port 22 ssh2',
      'ERROR',
      '0101',
      'AUTH_FAILED',
    ],
    [
      'message repeated 5 times: [ Failed password for root from 10.0.0.1 port 22 ssh2]',
      'ERROR',
      'root',
      'AUTH_FAILED',
    ],
    ['Invalid user eve from 10.0.0.1', 'WARNING', 'eve', undefined],
    ['input_userauth_request: invalid user eve [preauth]', 'WARNING', 'eve', undefined],
    [
      'Disconnecting: Too many authentication failures for admin [preauth]',
      'WARNING',
      'admin',
      undefined,
    ],
    [
      'pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=10.0.0.1  user=root',
      'WARNING',
      'root',
      undefined,
    ],
    ['pam_unix(sshd:auth): check pass; user unknown', 'WARNING', undefined, undefined],
    ['Accepted password for fztu from 10.0.0.1 port 22 ssh2', 'INFO', 'fztu', undefined],
    ['pam_unix(sshd:session): session opened for user fztu by (uid=0)', 'INFO', 'fztu', undefined],
    ['fatal: Write failed: Connection reset by peer [preauth]', 'ERROR', undefined, undefined],
    ['Connection closed by 10.0.0.1 [preauth]', 'INFO', undefined, undefined],
  ];
  for (const [message, level, user, code] of rows) {
    it(`give ${level}${user === undefined ? '' : ` of ${user}`} for "${message.slice(0, 44)}"`, () => {
      const record = ssh(message);
      assert.ok(record);
      assert.deepEqual([record.level, record.user_id, record.error_code], [level, user, code]);
      assert.equal(record.service, 'sshd');
      const { host, component, pid } = record.attributes ?? {};
      assert.deepEqual([host, component, pid], ['lab', 'sshd', 24200]);
    });
  }

  it('leave out a user name that no subject could have', () => {
    assert.equal(
      ssh('Failed password for invalid user $(x) from 10.0.0.1 port 1 ssh2')?.user_id,
      undefined,
    );
  });
});

describe('syslog lines', (it) => {
  it('name the host as the service, and keep the program as an attribute', () => {
    const record = linuxSyslog.parse('Jun 14 15:16:01 combo sshd(pam_unix)[1]: text', {
      receivedAt,
    });
    assert.equal(record?.service, 'combo');
    assert.deepEqual(record.attributes, { host: 'combo', component: 'sshd(pam_unix)', pid: 1 });
    assert.equal(
      linuxSyslog.parse('Jun 14 15:16:01 a/b kernel: x', { receivedAt })?.service,
      'syslog',
    );
  });

  it('name the program without its module or version where it is the service', () => {
    const services = ['sshd(pam_unix)[1]', 'syslogd 1.4.1', ' -- root[2]', 'sshd', '--'].map(
      (program) => openSsh.parse(`Jun 14 15:16:01 combo ${program}: text`, { receivedAt })?.service,
    );
    assert.deepEqual(services, ['sshd', 'syslogd', 'root', 'sshd', 'syslog']);
  });

  it('count a failed login once, as an error of its user', () => {
    const line =
      'Jun  4 15:16:01 combo sshd(pam_unix)[1]: authentication failure; uid=0 rhost=x  user=root';
    const record = linuxSyslog.parse(line, { receivedAt });
    assert.deepEqual([record?.level, record?.user_id], ['ERROR', 'root']);
  });

  it('use the service that the caller names', () => {
    const context = { receivedAt, service: 'edge' };
    assert.equal(linuxSyslog.parse('Jun 14 15:16:01 combo kernel: x', context)?.service, 'edge');
  });
});

describe('dates of syslog lines', (it) => {
  it('are refused when they are impossible', () => {
    assert.equal(linuxSyslog.parse('Feb 30 10:00:00 h p: x', { receivedAt }), undefined);
    assert.equal(linuxSyslog.parse('Foo 10 10:00:00 h p: x', { receivedAt }), undefined);
    assert.equal(linuxSyslog.parse('Mar 10 24:00:00 h p: x', { receivedAt }), undefined);
  });

  it('may be ISO 8601, as rsyslog and syslog-ng write them', () => {
    const record = linuxSyslog.parse(
      '2025-03-10T12:00:00.250+01:00 web1 sshd[7]: Failed password for root from 192.0.2.7 port 22 ssh2',
      { receivedAt },
    );
    assert.equal(record?.timestamp, Date.UTC(2025, 2, 10, 11, 0, 0, 250));
    assert.deepEqual(
      [record.service, record.user_id, record.error_code],
      ['web1', 'root', 'AUTH_FAILED'],
    );
  });

  it('take the hints of the source', () => {
    const line = 'Mar 10 12:00:00 web1 cron: x';
    const at = (hints: object) => linuxSyslog.parse(line, { receivedAt, ...hints })?.timestamp;
    assert.equal(at({ year: 2019 }), Date.UTC(2019, 2, 10, 12));
    assert.equal(at({ zoneMinutes: 120 }), Date.UTC(2025, 2, 10, 10));
  });
});

/** Line, then what must be found in it. */
type LoginRow = readonly [
  program: string,
  message: string,
  level: string,
  user: string | undefined,
  attributes: object,
];

describe('login lines', (it) => {
  const rows: readonly LoginRow[] = [
    [
      'sshd',
      'Failed password for invalid user bob from 203.0.113.9 port 4711 ssh2',
      'ERROR',
      'bob',
      {
        auth_outcome: 'failure',
        auth_action: 'login',
        auth_method: 'password',
        source_ip: '203.0.113.9',
        source_port: 4711,
      },
    ],
    [
      'sshd',
      'message repeated 5 times: [ Failed password for root from 2001:db8::7 port 22 ssh2]',
      'ERROR',
      'root',
      {
        auth_outcome: 'failure',
        auth_action: 'login',
        repeated: 5,
        auth_method: 'password',
        source_ip: '2001:db8::7',
        source_port: 22,
      },
    ],
    [
      'sshd',
      'Accepted publickey for alice from 192.0.2.1 port 5022 ssh2: ED25519 SHA256:abc',
      'INFO',
      'alice',
      {
        auth_outcome: 'success',
        auth_action: 'login',
        auth_method: 'publickey',
        source_ip: '192.0.2.1',
        source_port: 5022,
      },
    ],
    [
      'sshd-session',
      'User carol from 192.0.2.3 not allowed because not listed in AllowUsers',
      'ERROR',
      'carol',
      { auth_outcome: 'failure', auth_action: 'login', source_ip: '192.0.2.3' },
    ],
    ['sshd', 'Connection closed by 192.0.2.1 port 5022', 'INFO', undefined, {}],
    [
      'sudo',
      '   alice : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/bin/ls -l',
      'ERROR',
      'alice',
      { auth_outcome: 'failure', auth_action: 'sudo', target_user: 'root', command: '/bin/ls -l' },
    ],
    [
      'sudo',
      '    bob : user NOT in sudoers ; TTY=pts/1 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/id',
      'ERROR',
      'bob',
      { auth_outcome: 'failure', auth_action: 'sudo', target_user: 'root', command: '/usr/bin/id' },
    ],
    [
      'sudo',
      '  alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/apt update',
      'INFO',
      'alice',
      {
        auth_outcome: 'success',
        auth_action: 'sudo',
        target_user: 'root',
        command: '/usr/bin/apt update',
      },
    ],
    [
      'su',
      'FAILED SU (to root) bob on pts/2',
      'ERROR',
      'bob',
      { auth_outcome: 'failure', auth_action: 'su' },
    ],
    [
      'su',
      '(to root) alice on pts/2',
      'INFO',
      'alice',
      { auth_outcome: 'success', auth_action: 'su' },
    ],
    [
      'systemd-logind',
      'New session 31 of user alice.',
      'INFO',
      'alice',
      { auth_action: 'session_open' },
    ],
    ['systemd-logind', 'Removed session 31.', 'INFO', undefined, { auth_action: 'session_close' }],
    [
      'login',
      'pam_unix(login:session): session opened for user dave(uid=1000) by (uid=0)',
      'INFO',
      'dave',
      { auth_action: 'session_open' },
    ],
    ['cron', 'job failed', 'ERROR', undefined, {}],
  ];
  for (const [program, message, level, user, attributes] of rows) {
    it(`of ${program} tell who tried and how it went: ${message.trim().slice(0, 40)}`, () => {
      const record = linuxSyslog.parse(`Jun 14 15:16:01 h ${program}[5]: ${message}`, {
        receivedAt,
      });
      assert.ok(record);
      assert.deepEqual([record.level, record.user_id], [level, user]);
      assert.deepEqual(record.attributes, { host: 'h', component: program, pid: 5, ...attributes });
    });
  }
});

describe('RFC 3164 with priority', (it) => {
  const parse = (line: string) => rfc3164.parse(line, { receivedAt });

  it("reads the RFC's first example", () => {
    const record = parse(
      "<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8",
    );
    assert.deepEqual(record, {
      timestamp: Date.UTC(2025, 9, 11, 22, 14, 15),
      level: 'CRITICAL',
      service: 'mymachine',
      message: "'su root' failed for lonvick on /dev/pts/8",
      user_id: 'lonvick',
      error_code: 'AUTH_FAILED',
      attributes: {
        facility: 'auth',
        host: 'mymachine',
        component: 'su',
        auth_outcome: 'failure',
        auth_action: 'su',
      },
    });
  });

  it('leaves a line without priority to others, as the second example is', () => {
    assert.equal(parse('Use the BFG!'), undefined);
  });

  it('reads the third example with zone and year behind the time', () => {
    const line =
      "<165>Aug 24 05:34:00 CST 1987 mymachine myproc[10]: %% It's time to make the do-nuts.  %%  Ingredients: Mix=OK, Jelly=OK #";
    const record = parse(line);
    assert.equal(record?.timestamp, Date.UTC(1987, 7, 24, 5, 34));
    assert.equal(
      record.message,
      "%% It's time to make the do-nuts.  %%  Ingredients: Mix=OK, Jelly=OK #",
    );
    assert.deepEqual(record.attributes, {
      facility: 'local4',
      host: 'mymachine',
      component: 'myproc',
      pid: 10,
      severity_text: 'notice',
    });
  });

  it('keeps the fourth example, whose time it does not know, at the time of receipt', () => {
    const text =
      "1990 Oct 22 10:52:01 TZ-6 scapegoat.dmz.example.org 10.1.2.3 sched[0]: That's All Folks!";
    const record = parse(`<0>${text}`);
    assert.deepEqual(record, {
      timestamp: receivedAt,
      level: 'CRITICAL',
      service: 'syslog',
      message: text,
      attributes: { facility: 'kern', severity_text: 'emerg' },
    });
  });

  it('reads what routers send', () => {
    const record = parse(
      '<189>45: *Mar  1 18:46:11.123: %SYS-5-CONFIG_I: Configured from console by vty2',
    );
    assert.equal(record?.timestamp, Date.UTC(2025, 2, 1, 18, 46, 11, 123));
    assert.equal(record.message, '%SYS-5-CONFIG_I: Configured from console by vty2');
    assert.deepEqual(record.attributes, {
      facility: 'local7',
      sequence: 45,
      severity_text: 'notice',
    });
  });

  it('reads CEF inside, with the header for what it lacks', () => {
    const record = parse(
      '<134>Feb 14 19:04:54 fw1 CEF:0|Vendor|FW|1.0|100|Denied|7|src=10.0.0.1 dst=2.1.2.2 suser=eve msg=was denied',
    );
    assert.deepEqual(
      [record?.timestamp, record?.level, record?.service, record?.user_id, record?.message],
      [Date.UTC(2025, 1, 14, 19, 4, 54), 'ERROR', 'fw1', 'eve', 'was denied'],
    );
    assert.equal(record?.attributes?.['host'], 'fw1');
    assert.equal(record?.attributes?.['source_ip'], '10.0.0.1');
  });

  it('takes a tag without a time for the program, and its service where no host is named', () => {
    const tag = fc.stringMatching(/^[a-z][A-Za-z0-9_-]{0,30}x$/);
    fc.assert(
      fc.property(tag, fc.option(fc.nat(99_999)), fc.string(), (program, pid, text) => {
        const message = `<${text}`;
        const head = pid === null ? program : `${program}[${pid}]`;
        const record = parse(`<14>${head}: ${message}`);
        assert.deepEqual([record?.service, record?.message], [program, message]);
        const { component, pid: found } = record?.attributes ?? {};
        assert.deepEqual([component, found], [program, pid ?? undefined]);
      }),
      { numRuns: 300 },
    );
    const record = parse('<22>postfix/smtpd[7]: connect from x');
    assert.deepEqual(
      [record?.service, record?.attributes?.['component']],
      ['postfix', 'postfix/smtpd'],
    );
  });

  it('leaves what is no tag in the message', () => {
    const lines = [
      ...['error: no space left', 'WARN: hot', '10.0.0.1: down', 'http://x/: gone', 'a b: c'],
      ...[
        'name:value',
        'no colon',
        `${'x'.repeat(33)}: y`,
        'app[x]: y',
        '%SYS-5-CONFIG_I: y',
        'äpp: y',
      ],
      ...['app[7] y', ': y', ''],
    ];
    for (const line of lines) {
      const record = parse(`<14>${line}`);
      assert.deepEqual([record?.service, record?.message], ['syslog', line]);
      assert.equal(record?.attributes?.['component'], undefined);
    }
  });

  it('refuses a priority that there cannot be', () => {
    for (const text of ['<192>x', '<034>x', '<>x', '<1x', '<-1>x', '<1000>x'])
      assert.equal(parse(text), undefined);
    assert.equal(parse('<191>x')?.level, 'DEBUG');
  });
});
