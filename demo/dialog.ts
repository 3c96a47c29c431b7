// The conversation on a terminal. It begins before the dictionary is loaded, so that keys are not echoed into the
// progress line: what is typed meanwhile is kept, shown at the first prompt and answered.

import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { EXAMPLES } from './examples.js'

/** The dialog's own words, in lower case. */
const HELP_WORDS = ['help', '?', 'h', '/help']
const QUIT_WORDS = ['quit', 'exit', 'q', ':q', '/quit']

export const DIALOG_HELP = `Describe a meaning in plain English words. The answers are the words whose definitions match it best. Below them, you see which word of the first definition matched which of yours. For example:

${EXAMPLES.map(example => `  ${example}`).join('\n')}

help or ?   shows this text
quit        ends the demo, as do ctrl-D and ctrl-C

To look up "help" or "quit" itself, type it with another word: to help
`

/** Streams and the function that answers. */
export interface DialogOptions {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream & { readonly columns?: number }
  /** Returns the text for a meaning, or for the help text. */
  readonly reply: (meaning: string) => string
  /** Lays out a text of the dialog for the terminal. */
  readonly wrap: (text: string) => string
}

/** A dialog that has taken over the terminal. */
export interface Dialog {
  /** True after ctrl-C or ctrl-D. */
  readonly isClosed: boolean
  /** Shows the first prompt. Resolves when the user ends the dialog. */
  start(options: Pick<DialogOptions, 'reply' | 'wrap'>): Promise<void>
  close(): void
}

/** Takes over the terminal: keys are kept and not echoed until `start`. */
export function openDialog({ input, output }: Pick<DialogOptions, 'input' | 'output'>): Dialog {
  let isMuted = true
  const screen = new Writable({
    write(chunk, _encoding, done) {
      if (!isMuted) output.write(chunk)
      done()
    },
  })
  const lines = createInterface({
    input,
    output: Object.defineProperty(screen, 'columns', { get: () => output.columns }),
    prompt: '> ',
    terminal: true,
  })
  const typed: string[] = []
  let isClosed = false
  let receive = (line: string): void => void typed.push(line)
  lines.on('line', line => receive(line.trim()))
  const closed = new Promise<void>(resolve => {
    lines.on('close', () => {
      isClosed = true
      resolve()
    })
  })
  return {
    get isClosed() {
      return isClosed
    },
    close: () => lines.close(),
    async start({ reply, wrap }) {
      isMuted = false
      output.write(
        wrap(`\nType a meaning, for example: ${EXAMPLES[0]}. Type help for help, quit to quit.\n\n`),
      )
      const respond = (line: string) => {
        const word = line.toLowerCase()
        if (QUIT_WORDS.includes(word)) lines.close()
        else if (HELP_WORDS.includes(word)) output.write(wrap(`${DIALOG_HELP}\n`))
        else if (line !== '') output.write(`${reply(line)}\n`)
      }
      receive = line => {
        respond(line)
        if (!isClosed) lines.prompt()
      }
      for (const line of typed) {
        if (isClosed) break
        if (line !== '') output.write(`> ${line}\n`)
        respond(line)
      }
      if (!isClosed) lines.prompt(true)
      await closed
      output.write('\n')
    },
  }
}
