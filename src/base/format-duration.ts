// Formats durations for reports.

/** Returns seconds with a suitable unit: `1.25 s`, `12.5 ms`, `980 µs`, or `-` if the value is not finite. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-'
  if (seconds >= 1) return `${seconds.toFixed(2)} s`
  return seconds >= 0.001
    ? `${(seconds * 1000).toFixed(seconds >= 0.1 ? 0 : 1)} ms`
    : `${(seconds * 1e6).toFixed(0)} µs`
}
