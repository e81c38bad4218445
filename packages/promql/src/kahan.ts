/** Kahan-Neumaier summation: the error of every addition is kept beside the sum. */
export class KahanSum {
  sum = 0;
  compensation = 0;

  add(value: number): void {
    const { sum } = this;
    const next = sum + value;
    if (next === Infinity || next === -Infinity) this.compensation = 0;
    else if (Math.abs(sum) >= Math.abs(value)) this.compensation += sum - next + value;
    else this.compensation += value - next + sum;
    this.sum = next;
  }

  get total(): number {
    const { sum } = this;
    return sum === Infinity || sum === -Infinity ? sum : sum + this.compensation;
  }
}

/**
 * The mean: a Kahan sum divided by the count; when the sum overflows, an incremental mean from
 * there on.
 */
export class KahanMean {
  private sum = 0;
  private compensation = 0;
  private count = 0;
  private incremental = false;

  add(value: number): void {
    this.count++;
    if (this.count === 1) {
      this.sum = value;
      return;
    }
    if (!this.incremental) {
      const before = this.compensation;
      const next = this.accumulate(this.sum, value);
      if (next !== Infinity && next !== -Infinity) {
        this.sum = next;
        return;
      }
      this.incremental = true;
      this.sum /= this.count - 1;
      this.compensation = before / (this.count - 1);
    }
    this.addIncrementally(value);
  }

  /** Adds and keeps the error; the caller stores the sum. */
  private accumulate(sum: number, value: number): number {
    const next = sum + value;
    if (next === Infinity || next === -Infinity) this.compensation = 0;
    else if (Math.abs(sum) >= Math.abs(value)) this.compensation += sum - next + value;
    else this.compensation += value - next + sum;
    return next;
  }

  private addIncrementally(value: number): void {
    const mean = this.sum;
    if (mean === Infinity || mean === -Infinity) {
      if (value === mean) return;
      if (value !== Infinity && value !== -Infinity && !Number.isNaN(value)) return;
    }
    // Each side is divided first so that the difference does not overflow.
    const step = value / this.count - (mean + this.compensation) / this.count;
    this.sum = this.accumulate(mean, step);
  }

  get mean(): number {
    const { sum, compensation, count } = this;
    if (this.incremental) return sum + compensation;
    if (sum === Infinity || sum === -Infinity) return sum;
    return sum / count + compensation / count;
  }
}
