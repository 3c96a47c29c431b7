// What the shells complete with the scripts that the command line prints, asked of the shells themselves where they are.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from '../../src/cli/program.js'

const folder = mkdtempSync(join(tmpdir(), 'maxsimd-completion-'))
const at = (name: string) => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Shell = 'bash' | 'zsh' | 'fish'
const shells: readonly Shell[] = ['bash', 'zsh', 'fish']

beforeAll(async () => {
  for (const shell of shells) {
    let text = ''
    const code = await runProgram(['completion', shell], {
      stdout: { write: piece => (text += piece) },
      stderr: { write: piece => (text += piece) },
      environment: {},
      signal: new AbortController().signal,
    })
    expect(code, text).toBe(0)
    writeFileSync(at(shell === 'zsh' ? '_maxsimd' : `maxsimd.${shell}`), text)
  }
  // what may stand where files are expected
  mkdirSync(at('work/notes'), { recursive: true })
  writeFileSync(at('work/novel.txt'), '')
})

const hasShell = (shell: Shell) => spawnSync(shell, ['-c', 'exit 0']).status === 0

/** What a program says, line by line. */
function asked(program: string, args: readonly string[]): string[] {
  const { stdout, stderr } = spawnSync(program, args, {
    cwd: at('work'),
    encoding: 'utf8',
    timeout: 20_000,
    env: { ...process.env, HOME: folder, TERM: 'xterm' },
  })
  expect(stderr).toBe('')
  return stdout.split('\n').filter(line => line !== '')
}

/** Candidates for the last of these words, sorted. */
const complete: Readonly<Record<Shell, (words: readonly string[]) => string[]>> = {
  bash(words) {
    const quoted = words.map(word => `'${word}'`).join(' ')
    // the shell itself falls back to files where the function finds nothing
    const script = `source '${at('maxsimd.bash')}'; COMP_WORDS=(maxsimd ${quoted}); COMP_CWORD=${words.length}; _maxsimd
      if ((\${#COMPREPLY[@]} == 0)); then compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"; else printf '%s\n' "\${COMPREPLY[@]}"; fi`
    return asked('bash', ['-c', script]).sort()
  },
  // an interactive shell behind a terminal of its own, which writes what it would have offered
  zsh(words) {
    const found = at('found')
    rmSync(found, { force: true })
    writeFileSync(
      at('.zshrc'),
      `PS1='ready%% '; fpath=('${folder}' $fpath); autoload -Uz compinit; compinit -u -D
compadd() {
  [[ "\${@[1,(i)(-|--)]}" == *-(O|A|D)\\ * ]] && { builtin compadd "$@"; return }
  local -a hits; builtin compadd -O hits "$@"; print -rl -- $hits >> '${found}.part'
  builtin compadd "$@"
}
offer() { : > '${found}.part'; zle list-choices; mv '${found}.part' '${found}' }
zle -N offer; bindkey '^X' offer
`,
    )
    const line = `maxsimd ${words.join(' ')}`
    const script = `zmodload zsh/zpty; zpty shell 'ZDOTDIR=${folder} zsh -i -d'; zpty -r shell start '*ready*'
      zpty -n -w shell $'${line}\\x18'; repeat 200; do [[ -e '${found}' ]] && break; sleep 0.05; done; zpty -d shell`
    asked('zsh', ['-f', '-c', script])
    return existsSync(found)
      ? [...new Set(readFileSync(found, 'utf8').split('\n'))].filter(word => word !== '').sort()
      : ['(no answer)']
  },
  fish(words) {
    const line = ['maxsimd', ...words].join(' ')
    const lines = asked('fish', [
      '--no-config',
      '-c',
      `source '${at('maxsimd.fish')}'; complete -C '${line}'`,
    ])
    return lines.map(found => found.split('\t')[0]!.replace(/\/$/, '')).sort()
  },
}

const commands = 'bench compare completion demo eval index info pull push rerank search verify'.split(' ')

describe.each(shells)('%s', shell => {
  const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
    [['se'], ['search']],
    [['search', '--li'], ['--limit']],
    [
      ['index', '--datatype', 'float'],
      ['float16', 'float32'],
    ],
    [['index', 'notes', '--distance', 'C'], ['Cosine']],
    [['search', '--limit', '3', '--sto'], ['--store']],
    [
      ['completion', ''],
      ['bash', 'fish', 'zsh'],
    ],
    [
      ['index', 'no'],
      ['notes', 'novel.txt'],
    ],
    [['eval', '--qrels', 'nov'], ['novel.txt']],
  ]
  it.skipIf(!hasShell(shell)).each(cases)('completes %j', (words, expected) => {
    const found = complete[shell](words)
    // bash offers options too where none was begun
    expect(found.filter(word => !word.startsWith('-') || words.at(-1)?.startsWith('-'))).toEqual(expected)
  })

  it.skipIf(!hasShell(shell))('completes the commands', () => {
    const found = complete[shell]([''])
    expect(found.filter(word => word !== 'help' && !word.startsWith('-'))).toEqual(commands)
  })

  it.skipIf(!hasShell(shell) || shell === 'bash')('completes folders only where one is expected', () => {
    expect(complete[shell](['index', '--store', 'no'])).toEqual(['notes'])
    expect(complete[shell](['search', '--limit', 'no'])).toEqual([])
  })
})
