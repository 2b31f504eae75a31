import type { Alert } from '../../../model/alert.ts';

/** A change that was asked for and not yet confirmed. */
export interface AlertOverlay {
  readonly action: 'acknowledge' | 'resolve';
  readonly by: string;
  readonly note: string;
  readonly at: number;
  /** Revision the person saw; any later one from the site replaces the overlay. */
  readonly revision: number;
}

/** Shows `overlays` on top of what the site said, as if they had succeeded. */
export function withOverlays(
  alerts: ReadonlyMap<string, Alert>,
  overlays: ReadonlyMap<string, AlertOverlay>,
): ReadonlyMap<string, Alert> {
  if (overlays.size === 0) return alerts;
  const shown = new Map(alerts);
  for (const [id, overlay] of overlays) {
    const alert = alerts.get(id);
    if (alert !== undefined && alert.revision <= overlay.revision)
      shown.set(id, apply(alert, overlay));
  }
  return shown;
}

/** Whether an alert may be acknowledged or resolved as it stands. */
export function allowedActions(alert: Alert): { acknowledge: boolean; resolve: boolean } {
  return { acknowledge: alert.state === 'open', resolve: alert.state !== 'resolved' };
}

function apply(alert: Alert, { action, by, note, at }: AlertOverlay): Alert {
  const noted = note === '' ? alert.note : note;
  return action === 'acknowledge'
    ? { ...alert, state: 'acknowledged', acknowledgedAt: at, acknowledgedBy: by, note: noted }
    : { ...alert, state: 'resolved', resolvedAt: at, resolvedBy: by, note: noted };
}
