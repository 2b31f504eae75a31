import { useState } from 'preact/hooks';
import type { JSX } from 'preact';
import { Icon } from './icon.tsx';

/** Copies `text`; says so for two seconds. */
export function CopyButton({ text, label }: { text: string; label: string }): JSX.Element {
  const [copied, setCopied] = useState(false);
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => {
        setCopied(true);
        setTimeout(() => {
          setCopied(false);
        }, 2000);
      },
      () => {
        setCopied(false);
      },
    );
  };
  return (
    <button type="button" class="button quiet small" onClick={copy} aria-label={label}>
      <Icon name={copied ? 'check' : 'copy'} size={15} />
      {copied ? 'Copied' : 'Copy'}
    </button>
  );
}

/** A command to run in a terminal. */
export function Command({ text }: { text: string }): JSX.Element {
  return (
    <div class="command">
      <code>{text}</code>
      <CopyButton text={text} label="Copy the command" />
    </div>
  );
}
