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
  /** How far the stage is, 0 to 1; shown on a terminal only. */
  at(share: number): void
  /** The last word; it stays. */
  done(text: string): void
  /** Takes the line away where one stands. */
  clear(): void
}

const cells = 24

/** Progress on `stream`. */
export function createProgress(stream: ProgressStream): Progress {
  const live = stream.isTTY === true
  let current = ''
  const show = (text: string) => stream.write(live ? `\r\x1b[2K${text}` : `${text}\n`)
  return {
    stage(text) {
      current = text
      show(`${text} …`)
    },
    at(share) {
      if (!live) return
      const full = Math.round(cells * share)
      show(`${current} ${'█'.repeat(full)}${'░'.repeat(cells - full)} ${Math.round(100 * share)} %`)
    },
    done(text) {
      show(live ? `${text}\n` : text)
    },
    clear() {
      if (live) stream.write('\r\x1b[2K')
    },
  }
}
