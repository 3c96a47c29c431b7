// `maxsimd completion`: a shell's script, made of the commands as they are, that completes their names and options.

import { Argument, Command } from 'commander'
import { exitCodes, type Terminal } from '../terminal.js'

const help = `
Example:
  maxsimd completion bash >> ~/.bashrc
  maxsimd completion zsh > "\${fpath[1]}/_maxsimd"
  maxsimd completion fish > ~/.config/fish/completions/maxsimd.fish

Exit code: 0 it was printed, 2 it could not be done.
`

type Shell = 'bash' | 'zsh' | 'fish'

/** The command; `program` has all the others. */
export function createCompletion(
  terminal: Terminal,
  program: Command,
  done: (code: number) => void,
): Command {
  const command = new Command('completion').addArgument(
    new Argument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish']),
  )
  return command
    .description('print a script that completes commands and options')
    .addHelpText('after', help)
    .action((shell: Shell) => {
      terminal.stdout.write(SCRIPTS[shell](program.commands.map(described)))
      done(exitCodes.well)
    })
}

interface Described {
  readonly name: string
  readonly description: string
  readonly options: readonly {
    readonly flags: readonly string[]
    readonly description: string
    /** What stands after it: `folder` of `--store <folder>`; undefined where nothing does. */
    readonly takes: string | undefined
    readonly values: readonly string[]
  }[]
  readonly values: readonly string[]
}

function described(command: Command): Described {
  return {
    name: command.name(),
    description: command.description(),
    options: command
      .createHelp()
      .visibleOptions(command)
      .map(({ flags, short, long, description, argChoices }) => ({
        takes: /[<[](\w+)/.exec(flags)?.[1],
        flags: [long, short].filter(flag => flag !== undefined && flag !== null) as string[],
        description,
        values: argChoices ?? [],
      })),
    values: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
  }
}

const SCRIPTS: Readonly<Record<Shell, (commands: readonly Described[]) => string>> = { bash, zsh, fish }

const flagsOf = ({ options }: Described) => options.flatMap(({ flags }) => flags)

/** Where an option has a few values, the word after it is one of them; elsewhere words are files. */
function bash(commands: readonly Described[]): string {
  const cases = commands.map(command => {
    const values = command.options
      .filter(each => each.values.length > 0)
      .map(
        each =>
          `      ${each.flags.join('|')}) COMPREPLY=($(compgen -W '${each.values.join(' ')}' -- "$word")); return ;;\n`,
      )
    const after =
      values.length === 0 ? '' : `    case "\${COMP_WORDS[COMP_CWORD - 1]}" in\n${values.join('')}    esac\n`
    const words = [...flagsOf(command), ...command.values].join(' ')
    return `  ${command.name})\n${after}    words='${words}' ;;\n`
  })
  const names = commands.map(({ name }) => name).join(' ')
  return `# completion of maxsimd for bash
_maxsimd() {
  local word="\${COMP_WORDS[COMP_CWORD]}" words=''
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W '${names} help --help --version' -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('')}  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -o bashdefault -F _maxsimd maxsimd
`
}

/** What a shell completes where one of these is expected; where another is, it completes nothing. */
const ZSH_FILES: Readonly<Record<string, string>> = {
  file: '_files',
  folder: '_files -/',
  model: '_files -/',
}
const FISH_FILES: Readonly<Record<string, string>> = {
  file: '-r -F',
  folder: "-x -a '(__fish_complete_directories)'",
  model: "-x -a '(__fish_complete_directories)'",
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

function zsh(commands: readonly Described[]): string {
  const names = commands.map(({ name, description }) => `    ${quoted(`${name}:${description}`)}\n`)
  const escaped = (text: string) => text.replace(/[[\]:]/g, '\\$&')
  const cases = commands.map(command => {
    const options = command.options.flatMap(({ flags, description, takes, values }) => {
      const words = values.length > 0 ? `(${values.join(' ')})` : (ZSH_FILES[takes ?? ''] ?? ' ')
      const action = takes === undefined ? '' : `:${takes}:${words}`
      return flags.map(flag => `${quoted(`${flag}[${escaped(description)}]${action}`)}`)
    })
    const rest = command.values.length > 0 ? `'*:value:(${command.values.join(' ')})'` : "'*:file:_files'"
    return `    ${command.name}) _arguments ${[...options, rest].join(' ')} ;;\n`
  })
  return `#compdef maxsimd
_maxsimd() {
  local -a commands
  commands=(
${names.join('')}  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
${cases.join('')}  esac
}
if [ "$funcstack[1]" = _maxsimd ]; then _maxsimd "$@"; else compdef _maxsimd maxsimd; fi
`
}

function fish(commands: readonly Described[]): string {
  const lines = ['# completion of maxsimd for fish']
  for (const { name, description, options, values } of commands) {
    lines.push(`complete -c maxsimd -n __fish_use_subcommand -f -a ${name} -d ${quoted(description)}`)
    const seen = `-n '__fish_seen_subcommand_from ${name}'`
    for (const option of options) {
      const [long, short] = option.flags
      const words =
        option.values.length > 0
          ? `-x -a ${quoted(option.values.join(' '))}`
          : (FISH_FILES[option.takes ?? ''] ?? '-x')
      const choices = option.takes === undefined ? '' : ` ${words}`
      const flags = `${long ? ` -l ${long.slice(2)}` : ''}${short ? ` -s ${short.slice(1)}` : ''}`
      lines.push(`complete -c maxsimd ${seen}${flags}${choices} -d ${quoted(option.description)}`)
    }
    if (values.length > 0) lines.push(`complete -c maxsimd ${seen} -f -a ${quoted(values.join(' '))}`)
  }
  return `${lines.join('\n')}\n`
}
