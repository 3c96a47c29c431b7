// Reads the files in which a model declares that it was made for late interaction:
//
//   config_sentence_transformers.json   written by PyLate and by Sentence Transformers
//   onnx_config.json                    written by PyLate's exporter to ONNX, with the ids of the markers
//   modules.json                        the steps after the transformer
//   artifact.metadata                   written by Stanford's ColBERT
import type { JsonObject } from '../../tokenizer/json.js'
import type { ModelFiles } from '../files/model-files.js'

/** Who wrote the files: each has its own rules. */
export type RecipeWriter = 'pylate' | 'sentence-transformers' | 'stanford'

/** A step of the model, as modules.json lists it. */
export interface ModelModule {
  /** The name of its class, without the path of the class. */
  readonly name: string
  /** Its folder in the model's folder; empty for the folder itself. */
  readonly folder: string
}

/** What the files of a model for late interaction declare. */
export interface Declaration {
  readonly writer: RecipeWriter
  /** The file that declares it. */
  readonly file: string
  /** The values of the file. Those of onnx_config.json are used where the other file lacks one. */
  readonly values: JsonObject
  /** The modules of modules.json, in their order. Undefined without that file. */
  readonly modules: readonly ModelModule[] | undefined
}

const SENTENCE_TRANSFORMERS = 'config_sentence_transformers.json'
const ONNX_CONFIG = 'onnx_config.json'
const MODULES = 'modules.json'
const STANFORD = 'artifact.metadata'

/** The values that only PyLate writes. Its older versions do not write `model_type`. */
const PYLATE_KEYS = [
  'query_prefix',
  'document_prefix',
  'do_query_expansion',
  'attend_to_expansion_tokens',
  'skiplist_words',
]

/**
 * Reads what PyLate or Sentence Transformers has written. Returns undefined if the files declare no model for late
 * interaction.
 *
 * @throws RangeError if a file is not a JSON object, or one of the files of a model for late interaction is missing
 */
export async function readDeclaration(files: ModelFiles): Promise<Declaration | undefined> {
  const exported = await files.json(ONNX_CONFIG, 'optional')
  const saved = await files.json(SENTENCE_TRANSFORMERS, 'optional')
  const modules = await readModules(files)
  const values = { ...exported, ...saved }
  const file = saved ? SENTENCE_TRANSFORMERS : exported ? ONNX_CONFIG : MODULES
  const isPylate =
    values.model_type === 'ColBERT' ||
    PYLATE_KEYS.some(key => key in values) ||
    modules?.some(({ name }) => name.startsWith('pylate.'))
  if (isPylate) return { writer: 'pylate', file, values, modules }
  const isMultiVector =
    saved?.model_type === 'MultiVectorEncoder' ||
    modules?.some(({ name }) => name.includes('.multi_vector_encoder.'))
  if (!isMultiVector) return undefined
  if (saved && modules) return { writer: 'sentence-transformers', file, values, modules }
  throw new RangeError(
    `${files.nameOf(file)} is of a MultiVectorEncoder of Sentence Transformers, which also needs ` +
      `${saved ? MODULES : SENTENCE_TRANSFORMERS}; copy all files of the model`,
  )
}

/** Reads what Stanford's ColBERT has written. */
export async function readStanfordDeclaration(files: ModelFiles): Promise<Declaration | undefined> {
  const values = await files.json(STANFORD, 'optional')
  return values && { writer: 'stanford', file: STANFORD, values, modules: undefined }
}

async function readModules(files: ModelFiles): Promise<readonly ModelModule[] | undefined> {
  const list = await files.list(MODULES)
  return list?.map((entry, i) => {
    const { type, path } = entry as { readonly type?: unknown; readonly path?: unknown }
    if (typeof type !== 'string' || typeof path !== 'string') {
      throw new RangeError(`${files.nameOf(MODULES)} expected "type" and "path" in entry ${i}`)
    }
    return { name: type, folder: path }
  })
}
