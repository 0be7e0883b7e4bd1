/** Repeats that each request earns its provider. */
const share = 0.2;
/** And what there is whoever asks, for those who seldom do. */
const perSecond = 10;
/** So many can be saved up. */
const most = 100;

/**
 * How many requests one provider is sent again. Each request may be, and when a service fails everybody, everybody's
 * repeats are what keeps it down: then it gets a fifth more than clients ask for, and not three times as much.
 */
export class RetryBudget {
  readonly #now: () => number;
  #left = most;
  #countedAt: number;

  /** `now`: milliseconds of a clock that only goes forward. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#countedAt = now();
  }

  /** A request goes out for the first time. */
  earn(): void {
    if (this.#left < most) this.#left += share;
  }

  /** May one be sent again? Costs one repeat if so. */
  spend(): boolean {
    const now = this.#now();
    this.#left = Math.min(most, this.#left + ((now - this.#countedAt) / 1000) * perSecond);
    this.#countedAt = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
