// Progress of a long operation on a stream: one changing line on a terminal, one line per phase elsewhere.

/** The part of a stream that progress needs. */
export interface ProgressStream {
  readonly isTTY?: boolean
  write(text: string): unknown
}

/** Shows the progress of an operation that has one or more phases. */
export interface Progress {
  /** Starts a phase, such as `reading WordNet`. */
  phase(text: string): void
  /**
   * Updates the bar of the current phase; shown on a terminal only.
   *
   * @param share the finished part, 0 to 1
   * @param count the number of finished items, from which the rate is computed
   */
  update(share: number, count?: number): void
  /** Ends with a line that stays. */
  finish(text: string): void
  /** Erases the progress line of a terminal. */
  clear(): void
}

const BAR_CELLS = 24
/** Minimum time between two updates of a bar, in milliseconds. */
const UPDATE_INTERVAL = 80

/** Progress on `stream`. `now` returns milliseconds. */
export function createProgress(stream: ProgressStream, now = () => performance.now()): Progress {
  const isTerminal = stream.isTTY === true
  let current = ''
  let [started, lastUpdate] = [0, 0]
  const show = (text: string) => stream.write(isTerminal ? `\r\x1b[2K${text}` : `${text}\n`)
  return {
    phase(text) {
      current = text
      started = now()
      lastUpdate = -UPDATE_INTERVAL
      show(`${text} …`)
    },
    update(share, count) {
      const time = now()
      if (!isTerminal || (time - lastUpdate < UPDATE_INTERVAL && share < 1)) return
      lastUpdate = time
      const full = Math.round(BAR_CELLS * share)
      const bar = `${'█'.repeat(full)}${'░'.repeat(BAR_CELLS - full)} ${Math.round(100 * share)} %`
      show(`${current} ${bar}${paceOf(share, count, (time - started) / 1000)}`)
    },
    finish(text) {
      show(isTerminal ? `${text}\n` : text)
    },
    clear() {
      if (isTerminal) stream.write('\r\x1b[2K')
    },
  }
}

/** Rate and remaining time; empty in the first second, when both would be guesses. */
function paceOf(share: number, count: number | undefined, seconds: number): string {
  if (seconds < 1 || share <= 0) return ''
  const rate = count === undefined ? '' : `, ${formatRate(count / seconds)}/s`
  return share < 1 ? `${rate}, ${formatRemaining((seconds * (1 - share)) / share)} left` : rate
}

const formatRate = (rate: number) => (rate < 10 ? rate.toFixed(1) : Math.round(rate).toLocaleString('en'))

function formatRemaining(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  return whole < 3600 ? `${Math.ceil(whole / 60)} min` : `${(whole / 3600).toFixed(1)} h`
}
