import type { Alert } from '../../../../model/alert.ts';
import { messageOf } from '../../../../core/errors.ts';
import { allowedActions } from '../../logic/alert-overlay.ts';
import { formatType } from '../../logic/format.ts';
import { useApp } from '../../ui/context.ts';

export interface ActInput {
  readonly alert: Alert;
  readonly action: 'acknowledge' | 'resolve';
  readonly note: string;
}

/** Acknowledges or resolves, and tells the person when the site refused and the change was taken back. */
export function useAct(): (input: ActInput) => void {
  const app = useApp();
  return ({ alert, action, note }) => {
    if (!allowedActions(alert)[action]) return;
    if (!app.mayAct.value) {
      app.say(`Your role may not ${action} alerts.`, 'error');
      return;
    }
    app.alerts.act({ id: alert.id, action, note }).then(
      () => {
        app.say(
          `${formatType(alert.type)} ${action === 'acknowledge' ? 'acknowledged' : 'resolved'}.`,
        );
      },
      (error: unknown) => {
        app.say(`Not ${action}d: ${messageOf(error)}`, 'error');
      },
    );
  };
}
