// `maxsimd index`: indexes folders of text, or reads files of vectors into a store.

import { Command, Option } from 'commander'
import { FormatError } from '../../formats/index.js'
import { INDEX_ENCODER, longTextOption, withEncoder } from '../encoder-options.js'
import { changeStage, checkStageOptions, keepStage, withStageOptions } from '../first-stage/stage-options.js'
import { type IndexArguments, withFlags } from '../indexing/index-arguments.js'
import { indexTexts } from '../indexing/index-texts.js'
import { indexVectors } from '../indexing/index-vectors.js'
import { countOption } from '../options.js'
import { helpText } from '../output/help-text.js'
import { withStore } from '../store-options.js'
import { EXIT_CODES, type SetExitCode, type Terminal, UsageError } from '../terminal.js'

const HELP = helpText(
  `
Reads .md, .txt, .rst, .org, .adoc and .tex files, web pages, source code, PDF (with the package unpdf) and JSON lines
with a "text" in the given folders, and any file that you name, also .json and .parquet files with a text in each item
or row. Each paragraph becomes a document with its file and line. What is not read is counted at the end. Run the
command again when files have changed: it reads the changed files only and removes deleted ones from the index. With a
model, passages can be found by their words at once, and their rows are encoded last; ctrl-C keeps what is done, and
the next run continues. --lazy leaves all rows to the next run. With --vectors, it reads vectors from .npy, .npz,
safetensors, Parquet and JSON lines into a store (docs/formats.md). With --pages and a model for pages, it indexes the
pages of PDF files (with the package @hyzyla/pdfium) and images by how they look (docs/pages.md). Points replace
earlier points with the same ids; a file without ids replaces the points from its previous reading. --first-stage lemur
makes searches of a large index or store fast: they score a few hundred candidates exactly instead of all documents, and
"npx maxsimd advise" measures what they find. Documents that are added later get their vectors too. Without paths,
nothing is indexed. Exit code 1: some files have a problem, an id occurs more than once, or there was nothing to index.`,
  [
    'npx maxsimd index notes/',
    'npx maxsimd index --lines quotes.txt --store .quotes',
    'npx maxsimd index logs/ --ext log',
    'npx maxsimd index notes/ --model colbert-ir/colbertv2.0 --lazy',
    'npx maxsimd index papers/ --pages --model Qdrant/colmodernvbert --store .pages',
    'npx maxsimd index --vectors corpus.npz --store corpus --distance Cosine --datatype float16',
    'npx maxsimd index --vectors corpus.parquet --store corpus --vector-column colbert --id-column doc_id',
    'npx maxsimd index --store corpus --first-stage lemur',
  ],
)

export function createIndex(terminal: Terminal, setExitCode: SetExitCode): Command {
  const command = withEncoder(
    withStore(new Command('index').argument('[paths...]', 'folders and files')),
    INDEX_ENCODER,
  )
  return withStageOptions(command)
    .description('index folders of text, or files of vectors')
    .addOption(longTextOption('windows'))
    .option('--lines', 'make each line a document, not each paragraph')
    .option('--vectors', 'read vectors, not texts')
    .addOption(
      new Option(
        '--datatype <type>',
        'storage type of the elements (default: as in the index or store, or float16 for texts and float32 for vectors)',
      ).choices(['float32', 'float16', 'i16', 'i8', 'binary']),
    )
    .addOption(
      new Option(
        '--distance <name>',
        'with --vectors: how rows are compared (default: as in the store, or Dot)',
      ).choices(['Dot', 'Cosine', 'Euclid', 'Manhattan']),
    )
    .option(
      '--using <vector>',
      'with --vectors or --first-stage: name of the vector (default: the only one, or colbert)',
    )
    .option(
      '--vector-column <name>',
      'with --vectors: column, field or array with the vectors (default: vector, vectors, embedding or embeddings)',
    )
    .option('--id-column <name>', 'column, field or array with the ids (default: id or _id; ids for arrays)')
    .option('--text-column <name>', 'column or field with the texts (default: text)')
    .option(
      '--ext <endings>',
      'endings of further files to read as plain text, such as log,yaml; the index keeps them',
      parseEndings,
    )
    .option(
      '--lazy',
      'with a model: end when passages can be found by their words; the next run encodes rows',
    )
    .option('--pages', 'index the pages of PDF files and images by how they look')
    .addOption(countOption('--resolution <n>', 'with --pages: pixels per inch of PDF pages (default: 150)'))
    .addHelpText('after', HELP)
    .action(async (paths: string[]) => {
      const options = command.opts<IndexArguments>()
      try {
        setExitCode(await indexPaths(paths, options, terminal))
      } catch (cause) {
        if (!(cause instanceof FormatError || cause instanceof RangeError)) throw cause
        throw new Error(withFlags(cause.message), { cause })
      }
    })
}

/** @throws UsageError if an option is for texts or vectors */
async function checkedPages(
  paths: readonly string[],
  options: IndexArguments,
  terminal: Terminal,
): Promise<number> {
  for (const name of [
    'lines',
    'vectors',
    'distance',
    'using',
    'vectorColumn',
    'idColumn',
    'textColumn',
    'ext',
    'lazy',
  ] as const) {
    if (options[name] === undefined) continue
    const flag = name.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
    throw new UsageError(`"--${flag}" and "--pages" cannot be combined`)
  }
  const { indexPages } = await import('../pages/index-pages.js')
  return indexPages(paths, options, terminal)
}

/** Indexes files, and adds a first stage or keeps it complete. */
async function indexPaths(
  paths: readonly string[],
  options: IndexArguments,
  terminal: Terminal,
): Promise<number> {
  const { firstStage, vectors, pages } = options
  checkStageOptions(options)
  if (paths.length === 0 && firstStage === undefined)
    throw new UsageError("missing required argument 'paths'")
  const index = pages ? checkedPages : vectors ? indexVectors : indexTexts
  const code = paths.length === 0 ? EXIT_CODES.success : await index(paths, options, terminal)
  if (firstStage !== undefined) await changeStage(options, terminal, paths.length === 0)
  else await keepStage(options, terminal)
  return code
}

/** The endings of a list with commas, after those of the option before. */
function parseEndings(list: string, before: readonly string[] = []): readonly string[] {
  const endings = list.split(',').map(
    each =>
      `.${each
        .trim()
        .replace(/^\*?\./, '')
        .toLowerCase()}`,
  )
  const wrong = endings.find(each => !/^\.[^./\\\s*]+$/.test(each))
  if (wrong === undefined) return [...before, ...endings]
  throw new UsageError(`"--ext" expected endings such as log,yaml, got "${list}"`)
}
