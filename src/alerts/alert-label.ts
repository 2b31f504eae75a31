import type { Alert } from '../model/alert.ts';
import type { Command } from '../model/journal-entry.ts';

export type LabelCommand = Extract<Command, { type: 'alert.label' }>;

/**
 * The alert with the label of the command, one revision on; `undefined` when
 * it has exactly this one already, as in a replay.
 *
 * @param at site time of the command, ms
 */
export function labelled(alert: Alert, command: LabelCommand, at: number): Alert | undefined {
  const { label, by, note = '' } = command;
  if (alert.label === label && alert.labelledAt === at && alert.labelledBy === by) return undefined;
  return {
    ...alert,
    label,
    labelledAt: at,
    labelledBy: by,
    note: note === '' ? alert.note : note,
    revision: alert.revision + 1,
  };
}
