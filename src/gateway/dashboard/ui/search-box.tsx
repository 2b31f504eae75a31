import type { JSX } from 'preact';
import { Icon } from './icon.tsx';

export interface SearchBoxProps {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onInput: (text: string) => void;
  readonly testid: string;
}

/** A filter that applies as one types; `/` brings the cursor here, Escape empties it. */
export function SearchBox({
  label,
  placeholder,
  value,
  onInput,
  testid,
}: SearchBoxProps): JSX.Element {
  return (
    <label class="search">
      <Icon name="search" size={16} />
      <span class="visually-hidden">{label}</span>
      <input
        type="search"
        data-filter
        data-testid={testid}
        placeholder={placeholder}
        value={value}
        spellcheck={false}
        autocomplete="off"
        onInput={(event) => {
          onInput(event.currentTarget.value);
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          onInput('');
          event.currentTarget.blur();
        }}
      />
    </label>
  );
}
