import assert from 'node:assert/strict';
import {
  allowedActions,
  withOverlays,
} from '../../../../src/gateway/dashboard/logic/alert-overlay.ts';
import {
  alertsOf,
  attentionSentence,
  inboxOf,
  mergeAlerts,
  openBySeverity,
} from '../../../../src/gateway/dashboard/logic/alert-list.ts';
import { alertText } from '../../../../src/alerts/alert-text.ts';
import { alertTimeline } from '../../../../src/gateway/dashboard/logic/alert-timeline.ts';
import { announcement, newUrgent } from '../../../../src/gateway/dashboard/logic/announcer.ts';
import { subjectId } from '../../../../src/model/subject.ts';
import { anAlert, NOW, someAlerts } from '../../../support/dashboard-fixtures.ts';
import { describe } from '../../../support/suite.ts';

const ids = (alerts: readonly { id: string }[]): string[] => alerts.map(({ id }) => id.slice(0, 2));

describe('dashboard alert lists', (it) => {
  it('puts the urgent first, then the newest', () => {
    assert.deepEqual(ids(inboxOf(someAlerts(), 'open')), ['a2', 'a1', 'a4', 'a3', 'a5']);
  });

  it('puts what was resolved last first', () => {
    const resolved = [1, 3, 2].map((at) =>
      anAlert({ id: `r${at}`, state: 'resolved', resolvedAt: at }),
    );
    assert.deepEqual(ids(inboxOf(resolved, 'resolved')), ['r3', 'r2', 'r1']);
  });

  it('orders equals by id, so that rows do not jump', () => {
    const equals = ['c', 'a', 'b'].map((id) => anAlert({ id }));
    assert.deepEqual(ids(inboxOf(equals, 'open')), ['a', 'b', 'c']);
  });

  it('counts open alerts only', () => {
    assert.deepEqual(openBySeverity(someAlerts()), { critical: 1, high: 2, medium: 1, low: 1 });
  });

  it('says how many need attention', () => {
    assert.equal(attentionSentence(0), 'All clear');
    assert.equal(attentionSentence(1), '1 alert needs attention');
    assert.equal(attentionSentence(3), '3 alerts need attention');
  });

  it('finds the alerts of a subject, newest first', () => {
    assert.deepEqual(ids(alertsOf(someAlerts(), 'device:watch-03')), ['a4']);
    const two = [anAlert({ id: 'o1', openedAt: 1 }), anAlert({ id: 'o2', openedAt: 2 })];
    assert.deepEqual(ids(alertsOf(two, 'service:payment-service')), ['o2', 'o1']);
  });

  it('never lets an older revision replace a newer one', () => {
    const [newer, older] = [anAlert({ revision: 3, state: 'resolved' }), anAlert({ revision: 2 })];
    const merged = mergeAlerts(new Map([[newer.id, newer]]), [older]);
    assert.equal(merged.get(newer.id), newer);
    assert.equal(mergeAlerts(new Map([[older.id, older]]), [newer]).get(newer.id), newer);
  });
});

describe('dashboard alert changes', (it) => {
  const open = anAlert();
  const overlay = { action: 'acknowledge', by: 'you', note: 'mine', at: NOW, revision: 1 } as const;

  it('are shown before they are confirmed', () => {
    const shown = withOverlays(new Map([[open.id, open]]), new Map([[open.id, overlay]]));
    assert.deepEqual(shown.get(open.id), {
      ...open,
      state: 'acknowledged',
      acknowledgedAt: NOW,
      acknowledgedBy: 'you',
      note: 'mine',
    });
    const resolved = withOverlays(
      new Map([[open.id, { ...open, note: 'before' }]]),
      new Map([[open.id, { ...overlay, action: 'resolve', note: '' }]]),
    );
    assert.deepEqual(resolved.get(open.id), {
      ...open,
      state: 'resolved',
      resolvedAt: NOW,
      resolvedBy: 'you',
      note: 'before',
    });
  });

  it('give way to what the site says later', () => {
    const later = anAlert({ revision: 2, count: 9 });
    const known = new Map([[later.id, later]]);
    assert.equal(withOverlays(known, new Map([[later.id, overlay]])).get(later.id), later);
    assert.equal(withOverlays(known, new Map()), known);
  });

  it('are offered by state', () => {
    assert.deepEqual(allowedActions(open), { acknowledge: true, resolve: true });
    assert.deepEqual(allowedActions(anAlert({ state: 'acknowledged' })), {
      acknowledge: false,
      resolve: true,
    });
    assert.deepEqual(allowedActions(anAlert({ state: 'resolved' })), {
      acknowledge: false,
      resolve: false,
    });
  });
});

describe('dashboard alert texts', (it) => {
  it('writes the block with the name of what the subject is', () => {
    const text = alertText(
      anAlert({ subject: subjectId('device', 'w:1'), openedAt: Date.UTC(2024, 1, 16, 14, 30) }),
    );
    assert.deepEqual(text.split('\n').slice(2, 3), ['Watch: w:1']);
    assert.match(text, /^⚠️ ANOMALY DETECTED\nType: error_spike\n/);
    assert.match(text, /\nTime: 2024-02-16 14:30:00\nAction Required: Investigate immediately$/);
    assert.match(alertText(anAlert({ subject: subjectId('user', 'u1') })), /\nUser: u1\n/);
  });

  it('tells the life of an alert in order of time', () => {
    const steps = alertTimeline(
      anAlert({
        openedAt: 1,
        updatedAt: 3,
        count: 4,
        acknowledgedAt: 2,
        acknowledgedBy: 'mara',
        note: 'mine',
        resolvedAt: 4,
        resolvedBy: 'condition cleared',
      }),
    );
    assert.deepEqual(
      steps.map(({ what, who, note }) => [what, who, note]),
      [
        ['Opened', 'error_spike', undefined],
        ['Acknowledged', 'mara', 'mine'],
        ['Fired 4 times, latest', 'error_spike', undefined],
        ['Resolved', 'condition cleared', undefined],
      ],
    );
    const labelled = alertTimeline(
      anAlert({ label: 'false', labelledAt: NOW + 9, labelledBy: 'mara' }),
    );
    assert.deepEqual([labelled.at(-1)?.what, labelled.at(-1)?.who], ['Labelled false', 'mara']);
    const resolved = alertTimeline(anAlert({ resolvedAt: NOW, resolvedBy: 'mara', note: 'done' }));
    assert.equal(resolved.at(-1)?.note, 'done');
  });

  it('announces what is new, open, and CRITICAL or HIGH', () => {
    const alerts = someAlerts();
    assert.deepEqual(ids(newUrgent(new Map(), alerts)), ['a1', 'a2', 'a4']);
    const known = new Map(alerts.map((alert) => [alert.id, alert]));
    assert.deepEqual(newUrgent(known, alerts), []);
    assert.equal(announcement([]), '');
    assert.equal(announcement(alerts.slice(0, 1)), 'New high alert: Error spike, payment-service.');
    assert.match(announcement(alerts.slice(0, 3)), / And 2 more\.$/);
  });
});
