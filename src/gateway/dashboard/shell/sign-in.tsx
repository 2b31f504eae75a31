import { useState } from 'preact/hooks';
import type { JSX } from 'preact';
import { ApiError } from '../state/api-client.ts';
import { useApp } from '../ui/context.ts';
import { Mark } from './rail.tsx';
import { Command } from '../ui/copyable.tsx';

/** Asks for a token; the address stays, so that a shared link leads on after it. */
export function SignIn(): JSX.Element {
  const app = useApp();
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const token = new FormData(event.currentTarget as HTMLFormElement).get('token');
    setBusy(true);
    app.signIn(String(token).trim()).catch((reason: unknown) => {
      setBusy(false);
      setError(reasonText(reason));
    });
  };
  return (
    <main class="sign-in" id="main">
      <form onSubmit={submit} class="panel" data-testid="sign-in">
        <Mark />
        <h1>Sign in to Watchkeeper</h1>
        <p class="muted">
          Paste the token that the first start printed, or one that an admin gave you.
        </p>
        <TokenField error={error} />
        <button type="submit" class="button primary" disabled={busy} data-testid="sign-in-button">
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
        <p class="muted small-text">No token at hand? Start a demo; its address signs you in.</p>
        <Command text="node watchkeeper demo" />
      </form>
    </main>
  );
}

function TokenField({ error }: { error: string }): JSX.Element {
  return (
    <>
      <label>
        <span>Token</span>
        <input
          type="password"
          name="token"
          required
          autocomplete="current-password"
          aria-describedby="sign-in-error"
          data-testid="token-input"
        />
      </label>
      <p id="sign-in-error" class="form-error" role="alert">
        {error}
      </p>
    </>
  );
}

function reasonText(reason: unknown): string {
  if (reason instanceof ApiError && reason.status === 401)
    return 'The site does not know this token.';
  return reason instanceof Error ? reason.message : 'The site does not answer.';
}
