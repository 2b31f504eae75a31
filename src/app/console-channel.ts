import type { Channel } from '../alerts/channel.ts';
import { alertText } from '../alerts/alert-text.ts';

/** Prints alerts for people; news of every severity. */
export function consoleChannel(write: (text: string) => void): Channel {
  return {
    name: 'console',
    accepts: () => true,
    deliver: ({ alert, transition }) => {
      write(`${alertText(alert, transition)}\n`);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}
