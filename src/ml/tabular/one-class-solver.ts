/** What the dual problem asks: rows of a kernel, and how many rows may lie outside. */
export interface OneClassProblem {
  readonly rows: number;
  /** `rows × rows`, symmetric, positive semidefinite, 1 on the diagonal. */
  readonly kernel: Float32Array;
  /** Upper bound of the share of rows outside, lower bound of the share of support vectors. */
  readonly nu: number;
  /** Largest violation of the optimality conditions that is left. */
  readonly tolerance: number;
}

export interface OneClassSolution {
  /** Weight of each row, 0 to 1, adding up to nu × rows. */
  readonly alpha: Float64Array;
  /** A row is outside where its weighted kernel sum is below. */
  readonly rho: number;
}

/** Far above what is needed (about as many as rows); bounds the time of a fit whatever the data. */
const MAX_STEPS = 100_000;
/** In place of a curvature that is not positive. */
const TINY_CURVATURE = 1e-12;

/**
 * Minimises ½ αᵀKα with 0 ≤ α ≤ 1 and Σα = ν × rows: the dual of the one-class
 * support vector machine (Schölkopf et al., Neural Computation 13, 2001), two
 * weights at a time, chosen with second-order information (Fan, Chen and Lin,
 * JMLR 6, 2005). O(steps × rows).
 */
export function solveOneClass(problem: OneClassProblem): OneClassSolution {
  const solver = new Solver(problem);
  for (let step = 0; step < MAX_STEPS && solver.step(); step += 1);
  return { alpha: solver.alpha, rho: solver.rho() };
}

class Solver {
  readonly alpha: Float64Array;
  readonly #problem: OneClassProblem;
  /** Kα. */
  readonly #gradient: Float64Array;

  constructor(problem: OneClassProblem) {
    this.#problem = problem;
    const { rows, nu } = problem;
    this.alpha = new Float64Array(rows);
    this.#gradient = new Float64Array(rows);
    const total = nu * rows;
    for (let row = 0; row < rows && row < total; row += 1) {
      const share = Math.min(1, total - row);
      this.alpha[row] = share;
      this.#addRow(row, share);
    }
  }

  /** Improves the worst pair; false when none is bad enough. */
  step(): boolean {
    const up = this.#mostWanted();
    const down = up < 0 ? -1 : this.#bestPartner(up);
    if (down < 0) return false;
    this.#exchange(up, down);
    return true;
  }

  /** The mean gradient of the rows strictly between the bounds, or the middle of where it must lie. */
  rho(): number {
    let free = 0;
    let sum = 0;
    let low = -Infinity;
    let high = Infinity;
    for (let row = 0; row < this.alpha.length; row += 1) {
      const gradient = this.#gradient[row] as number;
      const alpha = this.alpha[row] as number;
      if (alpha >= 1) low = Math.max(low, gradient);
      else if (alpha <= 0) high = Math.min(high, gradient);
      else {
        free += 1;
        sum += gradient;
      }
    }
    if (free > 0) return sum / free;
    if (low === -Infinity) return high;
    return high === Infinity ? low : (low + high) / 2;
  }

  /** The row with the smallest gradient whose weight can grow, or -1; of equals the last, as libsvm takes it. */
  #mostWanted(): number {
    let wanted = -1;
    let smallest = Infinity;
    for (let row = 0; row < this.alpha.length; row += 1) {
      const gradient = this.#gradient[row] as number;
      if ((this.alpha[row] as number) < 1 && gradient <= smallest) {
        smallest = gradient;
        wanted = row;
      }
    }
    return wanted;
  }

  /** The row whose weight can shrink in favour of `up` with the greatest gain, or -1 when nothing violates by more than the tolerance. */
  #bestPartner(up: number): number {
    const { rows, kernel, tolerance } = this.#problem;
    const base = this.#gradient[up] as number;
    let partner = -1;
    let bestGain = 0;
    let worst = -Infinity;
    for (let row = 0; row < rows; row += 1) {
      if ((this.alpha[row] as number) <= 0) continue;
      const violation = (this.#gradient[row] as number) - base;
      if (violation > worst) worst = violation;
      if (violation <= 0) continue;
      const curvature = Math.max(2 - 2 * (kernel[up * rows + row] as number), TINY_CURVATURE);
      const gain = (violation * violation) / curvature;
      if (gain >= bestGain) {
        bestGain = gain;
        partner = row;
      }
    }
    return worst < tolerance ? -1 : partner;
  }

  #exchange(up: number, down: number): void {
    const { rows, kernel } = this.#problem;
    const curvature = Math.max(2 - 2 * (kernel[up * rows + down] as number), TINY_CURVATURE);
    const wanted = ((this.#gradient[down] as number) - (this.#gradient[up] as number)) / curvature;
    const room = Math.min(1 - (this.alpha[up] as number), this.alpha[down] as number);
    // At a bound the weight is exactly the bound, so that it counts as being there.
    const amount = Math.min(wanted, room);
    const sum = (this.alpha[up] as number) + (this.alpha[down] as number);
    if (amount < room) {
      this.alpha[up] = (this.alpha[up] as number) + amount;
      this.alpha[down] = (this.alpha[down] as number) - amount;
    } else if (sum > 1) {
      this.alpha[up] = 1;
      this.alpha[down] = sum - 1;
    } else {
      this.alpha[up] = sum;
      this.alpha[down] = 0;
    }
    this.#addRow(up, amount);
    this.#addRow(down, -amount);
  }

  #addRow(row: number, amount: number): void {
    const { rows, kernel } = this.#problem;
    const start = row * rows;
    for (let other = 0; other < rows; other += 1) {
      this.#gradient[other] =
        (this.#gradient[other] as number) + amount * (kernel[start + other] as number);
    }
  }
}
