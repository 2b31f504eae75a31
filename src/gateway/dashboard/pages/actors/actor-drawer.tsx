import { useEffect, useRef } from 'preact/hooks';
import type { JSX } from 'preact';
import type { ActorEvent, ActorInfo } from '../../../../model/actor-event.ts';
import { numbersAt } from '../../logic/actor-tree.ts';
import { formatAge, formatCount, formatRate, formatTime } from '../../logic/format.ts';
import type { ActorSnapshot, TimedEvent } from '../../state/actors-model.ts';
import { useApp } from '../../ui/context.ts';
import { CopyButton } from '../../ui/copyable.tsx';
import { Icon } from '../../ui/icon.tsx';
import { JsonTree } from '../../ui/json-tree.tsx';
import { Sparkline } from '../../ui/sparkline.tsx';
import { Failure, Loading } from '../../ui/states.tsx';
import { useKeys } from '../../ui/use-keys.ts';
import { useResource } from '../../ui/use-resource.ts';
import { StateMark } from './actor-row.tsx';

export interface ActorDrawerProps {
  readonly path: string;
  readonly snapshot: ActorSnapshot;
  readonly onClose: () => void;
}

const RELOAD_MS = 2000;

/** One actor: what it does now, what it knows, what went wrong. */
export function ActorDrawer({ path, snapshot, onClose }: ActorDrawerProps): JSX.Element {
  const { tree } = snapshot;
  const position = tree.positionOf.get(path);
  const actor = position === undefined ? undefined : tree.actors[tree.column[position] ?? 0];
  const box = useRef<HTMLElement>(null);
  useKeys({ Escape: onClose });
  useEffect(() => {
    box.current?.focus();
  }, []);
  return (
    <aside
      class="drawer"
      ref={box}
      tabIndex={-1}
      aria-label="Actor details"
      data-testid="actor-drawer"
    >
      <DrawerHead
        name={actor?.name ?? path.split('/').at(-1) ?? path}
        kind={actor?.kind ?? 'This actor has stopped.'}
        onClose={onClose}
      />
      <div class="drawer-body" tabIndex={0} role="region" aria-label="Details">
        <p class="path">
          <code>{path}</code>
          <CopyButton text={path} label="Copy the path" />
        </p>
        {actor === undefined ? null : <Live actor={actor} snapshot={snapshot} />}
        <Inside path={path} />
        <Events path={path} />
      </div>
    </aside>
  );
}

interface DrawerHeadProps {
  readonly name: string;
  readonly kind: string;
  readonly onClose: () => void;
}

function DrawerHead({ name, kind, onClose }: DrawerHeadProps): JSX.Element {
  return (
    <header class="drawer-head">
      <div>
        <h2 class="clip">{name}</h2>
        <span class="muted">{kind}</span>
      </div>
      <button
        type="button"
        class="icon-button"
        onClick={onClose}
        aria-label="Close the details"
        data-testid="drawer-close"
      >
        <Icon name="cross" />
      </button>
    </header>
  );
}

function Live({ actor, snapshot }: { actor: ActorInfo; snapshot: ActorSnapshot }): JSX.Element {
  const app = useApp();
  const { tree, columns } = snapshot;
  const numbers = numbersAt(columns, tree.column[tree.positionOf.get(actor.path) ?? 0] ?? 0);
  return (
    <>
      <dl class="facts drawer-facts">
        <Fact name="State">
          <StateMark state={numbers.state} />
        </Fact>
        <Fact name="Mailbox">{formatCount(numbers.mailbox)}</Fact>
        <Fact name="Messages/s">{formatRate(numbers.rate)}</Fact>
        <Fact name="Restarts">
          <span data-testid="drawer-restarts">{formatCount(numbers.restarts)}</span>
        </Fact>
      </dl>
      <h3>Mailbox</h3>
      <Sparkline
        values={app.actors.history(actor.path).slice()}
        label="Mailbox depth, live"
        height={44}
      />
    </>
  );
}

/** State and errors come from the API: they are too large for every frame. */
function Inside({ path }: { path: string }): JSX.Element {
  const app = useApp();
  const { data, error, reload } = useResource(() => app.api().actor(path), {
    key: path,
    everyMs: RELOAD_MS,
  });
  if (data === undefined)
    return error === undefined ? <Loading rows={3} /> : <Failure text={error} retry={reload} />;
  return (
    <>
      <dl class="facts drawer-facts">
        <Fact name="Processed">{formatCount(data.info.processed)}</Fact>
        <Fact name="Failures">{formatCount(data.info.failures)}</Fact>
        <Fact name="Last message">{formatAge(data.info.lastMessageAt, Date.now())}</Fact>
        <Fact name="Parent">
          <span class="clip">{data.info.parent?.split('/').at(-1) ?? 'none'}</span>
        </Fact>
      </dl>
      <h3>
        State <span class="muted">captured {formatTime(data.capturedAt)} UTC</span>
      </h3>
      <div class="state-box" data-testid="actor-state-json">
        <JsonTree value={data.state ?? null} />
      </div>
      <h3>Recent errors</h3>
      {data.recentErrors.length === 0 ? (
        <p class="muted">None.</p>
      ) : (
        <ul class="errors">
          {data.recentErrors.map((text, index) => (
            <li key={index}>
              <pre>{text}</pre>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Events({ path }: { path: string }): JSX.Element | null {
  const mine = useApp().actors.events.value.filter(({ event }) => event.path === path);
  if (mine.length === 0) return null;
  return (
    <>
      <h3>Since this page was opened</h3>
      <ol class="timeline">
        {mine.map((timed: TimedEvent) => (
          <li key={timed.id}>
            <time class="mono">{formatTime(timed.at)}</time>
            <span>{eventText(timed.event)}</span>
          </li>
        ))}
      </ol>
    </>
  );
}

function eventText(event: ActorEvent): string {
  switch (event.type) {
    case 'spawned':
      return 'Started';
    case 'stopped':
      return `Stopped: ${event.reason}`;
    case 'crashed':
      return `Crashed: ${event.error} (${event.directive})`;
    case 'restarted':
      return `Restarted, ${formatCount(event.restarts)} in all`;
    case 'quarantined':
      return `Quarantined: ${event.reason}`;
    case 'dead-letter':
      return `Dead letter: ${event.reason}`;
  }
}

function Fact({ name, children }: { name: string; children: JSX.Element | string }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
