// Progress on a stream: on a terminal one line that changes, elsewhere a line for each stage. It must not know of what.

/** The part of a stream that progress needs. */
export interface ProgressStream {
  readonly isTTY?: boolean
  write(text: string): unknown
}

/** Tells what is under way. */
export interface Progress {
  /** A new stage, such as `reading WordNet`. */
  stage(text: string): void
  /** How far the stage is, 0 to 1, and how many of its things are done; shown on a terminal only. */
  at(share: number, done?: number): void
  /** The last word; it stays. */
  done(text: string): void
  /** Takes the line away where one stands. */
  clear(): void
}

const cells = 24
/** Milliseconds between two looks of one stage. */
const pause = 80

/** Progress on `stream`; `now` tells milliseconds. */
export function createProgress(stream: ProgressStream, now = () => performance.now()): Progress {
  const live = stream.isTTY === true
  let current = ''
  let [started, shown] = [0, 0]
  const show = (text: string) => stream.write(live ? `\r\x1b[2K${text}` : `${text}\n`)
  return {
    stage(text) {
      current = text
      started = now()
      shown = -pause
      show(`${text} …`)
    },
    at(share, done) {
      const time = now()
      if (!live || (time - shown < pause && share < 1)) return
      shown = time
      const full = Math.round(cells * share)
      const bar = `${'█'.repeat(full)}${'░'.repeat(cells - full)} ${Math.round(100 * share)} %`
      show(`${current} ${bar}${paceOf(share, done, (time - started) / 1000)}`)
    },
    done(text) {
      show(live ? `${text}\n` : text)
    },
    clear() {
      if (live) stream.write('\r\x1b[2K')
    },
  }
}

/** Rate and remaining time, once there is something to tell them by. */
function paceOf(share: number, done: number | undefined, seconds: number): string {
  if (seconds < 1 || share <= 0) return ''
  const rate = done === undefined ? '' : `, ${rateOf(done / seconds)}/s`
  return share < 1 ? `${rate}, ${timeOf((seconds * (1 - share)) / share)} left` : rate
}

const rateOf = (rate: number) => (rate < 10 ? rate.toFixed(1) : Math.round(rate).toLocaleString('en'))

function timeOf(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  return whole < 3600 ? `${Math.ceil(whole / 60)} min` : `${(whole / 3600).toFixed(1)} h`
}
