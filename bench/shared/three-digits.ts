/** A number with three significant digits, or all digits before the point. */
export const threeDigits = (value: number): string =>
  value < 100 ? value.toPrecision(3) : value.toLocaleString('en', { maximumFractionDigits: 0 })
