import type { TrainingNews, TrainingOrder } from '../../../src/ml/neural/training-job.ts';
import type { OpenSeat, SeatListeners } from '../../../src/ml/neural/training-seat.ts';

/** Seats that do what the test says. */
export class FakeSeats {
  readonly opened: FakeSeat[] = [];

  readonly open: OpenSeat = (_, listeners) => {
    const seat = new FakeSeat(listeners);
    this.opened.push(seat);
    return seat;
  };

  get last(): FakeSeat {
    return this.opened.at(-1) as FakeSeat;
  }
}

export class FakeSeat {
  readonly orders: TrainingOrder[] = [];
  hasEnded = false;
  readonly #listeners: SeatListeners;

  constructor(listeners: SeatListeners) {
    this.#listeners = listeners;
  }

  send(order: TrainingOrder): void {
    this.orders.push(order);
  }

  end(): Promise<void> {
    this.hasEnded = true;
    return Promise.resolve();
  }

  /** Finishes the job under way. */
  finish(bytes = 1): void {
    const { id } = this.orders.at(-1) as TrainingOrder;
    this.say({ id, result: { done: id } as never, bytes });
  }

  say(news: TrainingNews): void {
    this.#listeners.onNews(news);
  }

  die(): void {
    this.#listeners.onEnd('SIGSEGV');
  }
}
