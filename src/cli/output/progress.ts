// Progress of a long operation on a stream: one changing line on a terminal, one line per phase elsewhere.

import { cutStart, textWidth } from './text-width.js'

/** The part of a stream that progress needs. */
export interface ProgressStream {
  readonly isTTY?: boolean
  /** Width in characters. It changes when the window does. */
  readonly columns?: number | undefined
  write(text: string): unknown
}

/** Shows the progress of an operation that has one or more phases. */
export interface Progress {
  /**
   * Starts a phase, such as `reading corpus.npz`.
   *
   * @param subject the last part of the text, which is cut first if the line is too long, for example a path
   */
  phase(text: string, subject?: string): void
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
/** The width of a stream that does not have one. */
const DEFAULT_COLUMNS = 80
/** Minimum time between two updates of a bar, in milliseconds. */
const UPDATE_INTERVAL = 80

/** Progress on `stream`. `now` returns milliseconds. */
export function createProgress(stream: ProgressStream, now = () => performance.now()): Progress {
  const isTerminal = stream.isTTY === true
  let current: Label = { text: '', subject: '' }
  let [started, lastUpdate] = [0, 0]
  const show = (text: string) => stream.write(isTerminal ? `\r\x1b[2K${text}` : `${text}\n`)
  // a line that wraps is not erased as a whole. The last column stays free: some terminals wrap after it
  const room = () => (isTerminal ? (stream.columns || DEFAULT_COLUMNS) - 1 : Number.POSITIVE_INFINITY)
  return {
    phase(text, subject = '') {
      current = { text, subject }
      started = now()
      lastUpdate = -UPDATE_INTERVAL
      show(lineOf(current, [' …'], room()))
    },
    update(share, count) {
      const time = now()
      if (!isTerminal || (time - lastUpdate < UPDATE_INTERVAL && share < 1)) return
      lastUpdate = time
      const pace = paceOf(share, count, (time - started) / 1000)
      const percent = ` ${Math.round(100 * share)} %`
      const tails = [` ${barOf(share)}${percent}${pace}`, `${percent}${pace}`, percent]
      show(lineOf(current, tails, room()))
    },
    finish(text) {
      show(isTerminal ? `${text}\n` : text)
    },
    clear() {
      if (isTerminal) stream.write('\r\x1b[2K')
    },
  }
}

interface Label {
  readonly text: string
  readonly subject: string
}

/** Columns of a subject that stay if there is a shorter tail. */
const MIN_SUBJECT = 12

/** A line of at most `room` columns: with the first tail that leaves room for the label, whose subject is cut first. */
function lineOf({ text, subject }: Label, tails: readonly string[], room: number): string {
  const space = subject === '' ? '' : ' '
  const needed = textWidth(text + space) + Math.min(textWidth(subject), MIN_SUBJECT)
  const tail = tails.find(each => needed + textWidth(each) <= room) ?? tails.at(-1)!
  const left = room - textWidth(text + space) - textWidth(tail)
  if (subject !== '' && left >= 1) return text + space + cutStart(subject, left) + tail
  return cutStart(text + tail, room)
}

function barOf(share: number): string {
  const full = Math.round(BAR_CELLS * share)
  return `${'█'.repeat(full)}${'░'.repeat(BAR_CELLS - full)}`
}

/** Rate and remaining time; empty in the first second, when both would be guesses. */
function paceOf(share: number, count: number | undefined, seconds: number): string {
  if (seconds < 1 || share <= 0) return ''
  const rate = !count ? '' : `, ${formatRate(count / seconds)}/s`
  return share < 1 ? `${rate}, ${formatRemaining((seconds * (1 - share)) / share)} left` : rate
}

const formatRate = (rate: number) => (rate < 10 ? rate.toFixed(1) : Math.round(rate).toLocaleString('en'))

function formatRemaining(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  return whole < 3600 ? `${Math.ceil(whole / 60)} min` : `${(whole / 3600).toFixed(1)} h`
}
