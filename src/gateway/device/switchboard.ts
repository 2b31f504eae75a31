import { CLOSE } from './close-codes.ts';
import { Connection } from './connection.ts';
import { createCore, type DeviceCore, type DeviceGatewayOptions } from './core.ts';
import type { FrameEntry } from './frame-desk.ts';
import type { Link } from './link.ts';
import type { Peer } from './peer.ts';

/** Brings commits, relief and revocations to the connections they concern; knows nothing of sockets. */
export class Switchboard {
  readonly core: DeviceCore;
  /** Connections that have something to be acked after this commit. */
  #due: Peer[] = [];
  readonly #stopListening: () => void;

  constructor(options: DeviceGatewayOptions) {
    const { intake, directory } = options;
    this.core = createCore(options, (entry) => {
      this.#durable(entry);
    });
    intake.onCommitted(() => {
      this.#committed();
    });
    intake.onRelief(() => {
      this.#relief();
    });
    this.#stopListening = directory.onRevoked((id) => {
      this.find(id)?.end(CLOSE.revoked, 'The device was revoked.');
    });
  }

  /** Begins a connection with a challenge; `certified` is the device that its TLS certificate names. */
  connect(link: Link, challenge: Uint8Array, certified?: string): Connection {
    return new Connection(this.core, link, { challenge, certified });
  }

  /** The live connection of a device. */
  find(device: string): Peer | undefined {
    const slot = this.core.sessions.find(device);
    return slot === undefined ? undefined : this.core.online.get(slot);
  }

  stop(): void {
    this.#stopListening();
  }

  #durable(entry: FrameEntry): void {
    const connection = this.core.online.get(entry.slot);
    if (connection?.durable(entry) === true) this.#due.push(connection);
  }

  #committed(): void {
    this.core.flow.rise();
    if (this.#due.length === 0) return;
    const due = this.#due;
    this.#due = [];
    for (const connection of due) connection.flush();
  }

  #relief(): void {
    const { flow, waiting, stopped } = this.core;
    flow.fall();
    for (const connection of [...waiting]) connection.relieve();
    for (const connection of [...stopped]) connection.flush();
  }
}
