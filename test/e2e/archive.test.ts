import assert from 'node:assert/strict';
import { describe } from '../support/suite.ts';
import { E2eSite } from '../support/e2e/e2e-site.ts';
import { GatedStore } from '../support/e2e/gated-store.ts';
import { line } from '../support/e2e/records.ts';

describe('the archive', (it) => {
  it('does not forget a change that comes while the alert is being written', async () => {
    const gates: GatedStore[] = [];
    const wrapStore = (store: GatedStore['store']): GatedStore['store'] => {
      gates.push(new GatedStore(store, 'alerts'));
      return gates[0]?.store ?? store;
    };
    const site = await E2eSite.start({ withNats: false, tuning: { wrapStore } });
    const [gate] = gates;
    try {
      await site.logs([line({ level: 'INFO', duration_ms: 9_000 })]);
      await gate?.knocked;
      const [alert] = (await site.api.alerts({})).alerts;
      await site.http.post(`/v1/alerts/${alert?.id}/ack`, {});
      await site.http.post(`/v1/alerts/${alert?.id}/resolve`, {});
      gate?.open();
      await site.settled();
      const stored = await site.handle.parts.store.alerts.get(alert?.id ?? '');
      assert.equal(stored?.state, 'resolved');
      assert.equal((await site.api.alert(alert?.id ?? ''))?.state, 'resolved');
    } finally {
      gate?.open();
      await site.close();
    }
  });
});
