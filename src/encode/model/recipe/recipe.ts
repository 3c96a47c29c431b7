import type { Tokenizer } from '../../tokenizer/tokenizer.js'
import type { ModelFiles } from '../files/model-files.js'
import type { ModelSettings } from '../known-models.js'
import type { Declaration, ModelModule } from './declaration.js'
import { type DeclaredValues, declaredValues } from './declared-values.js'
import { denseLayers, type Projection, stanfordProjection } from './projection.js'
import type { SpecialTokens } from './special-tokens.js'

/** How a model is used, and what its ONNX file may lack. */
export interface Recipe {
  readonly settings: ModelSettings
  /**
   * The projection, in case that it is not part of the ONNX file. `missing`: the model has one, but its files do not
   * describe it.
   */
  readonly projection: Projection | 'missing' | undefined
}

/** The files that a recipe is derived from. */
export interface RecipeSources {
  readonly files: ModelFiles
  readonly tokenizer: Tokenizer
  readonly special: SpecialTokens
}

const PUNCTUATION = [...'!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~']

/**
 * Derives the recipe of a model.
 *
 * @throws RangeError if a value is invalid, or is something that this package cannot run
 */
export function recipeOf(declaration: Declaration, sources: RecipeSources): Promise<Recipe> {
  switch (declaration.writer) {
    case 'pylate':
      return pylateRecipe(declaration, sources)
    case 'sentence-transformers':
      return multiVectorRecipe(declaration, sources)
    case 'stanford':
      return stanfordRecipe(declaration, sources)
    default:
      return declaration.writer satisfies never
  }
}

async function pylateRecipe(declaration: Declaration, sources: RecipeSources): Promise<Recipe> {
  const { files, special } = sources
  const values = declaredValues(declaration.values, files.nameOf(declaration.file))
  const queryLength = values.length('query_length') ?? 32
  const expands = values.flag('do_query_expansion') ?? true
  const words = values.texts('skiplist_words') ?? PUNCTUATION
  // convert_tokens_to_ids returns the unknown token for a word that the vocabulary lacks
  const isUnknown = words.some(word => sources.tokenizer.idOf(word) === undefined)
  const sentence = await transformerValues(declaration, files)
  const dim = values.length('embedding_dim')
  const layers = await denseLayers(files, declaration.modules)
  const settings: ModelSettings = {
    type: 'colbert',
    ...(dim !== undefined && { dim }),
    ...markersOf(values, sources),
    ...promptsOf(values),
    countsMarker: true,
    maxQueryTokens: queryLength,
    maxDocumentTokens: values.length('document_length') ?? 180,
    ...(expands && expansionOf(queryLength, special.fillerOf(values.id('mask_token_id')), values, sources)),
    attendsToMask: expands && values.flag('attend_to_expansion_tokens') === true,
    skipsPunctuation: false,
    skippedTokens: isUnknown && special.unknown !== undefined ? [...words, special.unknown] : words,
    // as Sentence Transformers does up to version 5
    trims: true,
    ...((sentence.flag('do_lower_case') ?? values.flag('do_lower_case')) && { lowercases: true }),
    skipsPadding: false,
    skipsSpecial: false,
    normalizes: { query: true, document: true },
  }
  return { settings, projection: layers ?? 'missing' }
}

/** Stanford's checkpoints have the projection as `linear.weight` among the weights of the transformer. */
async function stanfordRecipe(declaration: Declaration, sources: RecipeSources): Promise<Recipe> {
  const { files, special } = sources
  const values = declaredValues(declaration.values, files.nameOf(declaration.file))
  const queryLength = values.length('query_maxlen') ?? 32
  const dim = values.length('dim')
  const settings: ModelSettings = {
    type: 'colbert',
    ...(dim !== undefined && { dim }),
    queryMarker: markerId(values.text('query_token_id') ?? '[unused0]', undefined, 'queries', sources),
    documentMarker: markerId(values.text('doc_token_id') ?? '[unused1]', undefined, 'documents', sources),
    countsMarker: true,
    maxQueryTokens: queryLength,
    maxDocumentTokens: values.length('doc_maxlen') ?? 180,
    ...expansionOf(queryLength, special.fillerOf(undefined), values, sources),
    attendsToMask: values.flag('attend_to_mask_tokens') === true,
    skipsPunctuation: false,
    skippedTokens: values.flag('mask_punctuation') === false ? [] : PUNCTUATION,
    skipsPadding: false,
    skipsSpecial: false,
    normalizes: { query: true, document: true },
  }
  return { settings, projection: stanfordProjection(files) }
}

/** A model that Sentence Transformers has saved as a MultiVectorEncoder: its markers are text. */
async function multiVectorRecipe(declaration: Declaration, sources: RecipeSources): Promise<Recipe> {
  const { files, special } = sources
  const values = declaredValues(declaration.values, files.nameOf(declaration.file))
  const modules = declaration.modules ?? []
  checkModules(modules, files)
  const transformer = await transformerValues(declaration, files)
  const expansion = transformer.object('query_expansion')
  const length = expansion && lengthOfExpansion(expansion)
  const isFixed = expansion?.text('strategy') === 'fixed'
  const [maxQuery, max] = [transformer.length('query_length'), transformer.length('max_seq_length')]
  const maxDocument = transformer.length('document_length') ?? max
  const maxQueryTokens = isFixed ? length : maxQuery ? Math.max(maxQuery, length ?? 0) : max
  const settings: ModelSettings = {
    type: 'colbert',
    ...promptsOf(values),
    countsMarker: true,
    ...(maxQueryTokens !== undefined && { maxQueryTokens }),
    ...(maxDocument !== undefined && { maxDocumentTokens: maxDocument }),
    ...(length !== undefined &&
      expansionOf(length, expansion?.text('token') ?? special.fillerOf(undefined), transformer, sources)),
    attendsToMask: expansion?.flag('attend') === true,
    skipsPunctuation: false,
    skippedTokens: await maskedWords(modules, files),
    skipsPadding: false,
    skipsSpecial: false,
    normalizes: await normalizes(modules, files),
  }
  return { settings, projection: await denseLayers(files, modules) }
}

/** @throws RangeError if the way in which queries are filled up is unknown */
function lengthOfExpansion(expansion: DeclaredValues): number {
  const [strategy, length] = [expansion.text('strategy'), expansion.length('length')]
  if ((strategy === 'fixed' || strategy === 'min') && length !== undefined) return length
  throw new RangeError(
    `"query_expansion" in ${expansion.file} expected the "strategy" fixed or min and a "length", got ` +
      `${JSON.stringify({ strategy, length })}; a newer version may have written it`,
  )
}

/** The values of a file; none if there is no such file. */
const valuesIn = async (file: string, files: ModelFiles): Promise<DeclaredValues> =>
  declaredValues((await files.json(file, 'optional')) ?? {}, files.nameOf(file))

/** The values of the transformer's own file, beside its weights. */
async function transformerValues({ modules }: Declaration, files: ModelFiles): Promise<DeclaredValues> {
  const file = `${prefixOf(modules ?? [], 'Transformer')}sentence_bert_config.json`
  return valuesIn(file, files)
}

/**
 * Whether Sentence Transformers puts lower case before the other steps of the tokenizer, which leaves its added tokens as they
 * are. PyLate changes the whole text instead: see `lowercases` of the settings.
 */
export const addsLowerCase = async (
  declaration: Declaration | undefined,
  files: ModelFiles,
): Promise<boolean> =>
  declaration?.writer === 'sentence-transformers' &&
  (await transformerValues(declaration, files)).flag('do_lower_case') === true

/** The prompts of a plain encoder that Sentence Transformers has saved. */
export async function plainPrompts(
  files: ModelFiles,
): Promise<Pick<ModelSettings, 'queryPrompt' | 'documentPrompt'>> {
  const file = 'config_sentence_transformers.json'
  return promptsOf(await valuesIn(file, files))
}

const MODULES_THAT_RUN = ['Transformer', 'Dense', 'MultiVectorMask', 'Normalize']

function checkModules(modules: readonly ModelModule[], files: ModelFiles): void {
  const other = modules.find(({ name }) => !MODULES_THAT_RUN.includes(classOf(name)))
  if (!other) return
  throw new RangeError(
    `${files.nameOf('modules.json')} has the module ${other.name}, which cannot be run here; ` +
      `supported modules: ${MODULES_THAT_RUN.join(', ')}`,
  )
}

const classOf = (name: string): string => name.slice(name.lastIndexOf('.') + 1)

/** The folder of the module of a class, with a slash at its end; empty for the model's folder. */
function prefixOf(modules: readonly ModelModule[], name: string): string {
  const folder = modules.find(module => classOf(module.name) === name)?.folder
  return folder ? `${folder}/` : ''
}

/** The words that the module MultiVectorMask drops from documents. */
async function maskedWords(modules: readonly ModelModule[], files: ModelFiles): Promise<readonly string[]> {
  const folder = prefixOf(modules, 'MultiVectorMask')
  if (folder === '') return []
  const file = `${folder}config.json`
  const values = await valuesIn(file, files)
  const tasks = values.texts('skiplist_tasks') ?? ['document']
  if (tasks.join() !== 'document' || values.has('keep_only_token_ids')) {
    throw new RangeError(
      `${files.nameOf(file)} drops rows of queries, or all rows but those of images, which cannot be run here; ` +
        'pass "settings" for it',
    )
  }
  return values.texts('skiplist_words') ?? []
}

async function normalizes(
  modules: readonly ModelModule[],
  files: ModelFiles,
): Promise<ModelSettings['normalizes']> {
  const folder = prefixOf(modules, 'Normalize')
  const config = folder === '' ? undefined : await files.json(`${folder}config.json`, 'optional')
  const isUnit = config?.module_input_name === 'token_embeddings'
  return { query: isUnit, document: isUnit }
}

/** @throws RangeError if the tokenizer has no token that fills up queries, or pads on the left */
function expansionOf(
  queryLength: number,
  maskToken: string | undefined,
  values: DeclaredValues,
  { special }: RecipeSources,
): Pick<ModelSettings, 'queryLength' | 'maskToken'> {
  if (special.padsLeft) {
    throw new RangeError(
      `${values.file} declares that queries are filled up to ${queryLength} tokens, and the tokenizer does so on the left ` +
        '("padding_side"), which cannot be run here; pass "settings" for it',
    )
  }
  if (maskToken !== undefined) return { queryLength, maskToken }
  throw new RangeError(
    `${values.file} declares that queries are filled up to ${queryLength} tokens, but the tokenizer has no mask token and ` +
      'no end token; add "mask_token" to tokenizer_config.json',
  )
}

/** The ids that are inserted at index 1. PyLate adds its markers to the vocabulary, with the space at their end. */
function markersOf(
  values: DeclaredValues,
  sources: RecipeSources,
): Pick<ModelSettings, 'queryMarker' | 'documentMarker'> {
  const query = values.text('query_prefix') ?? '[Q] '
  const document = values.text('document_prefix') ?? '[D] '
  return {
    ...(query !== '' && {
      queryMarker: markerId(query, values.id('query_prefix_id'), 'queries', sources),
    }),
    ...(document !== '' && {
      documentMarker: markerId(document, values.id('document_prefix_id'), 'documents', sources),
    }),
  }
}

function markerId(
  marker: string,
  declared: number | undefined,
  role: 'queries' | 'documents',
  { files, tokenizer }: RecipeSources,
): number {
  const id = tokenizer.idOf(marker) ?? declared
  if (id !== undefined) return id
  throw new RangeError(
    `${files.nameOf('tokenizer.json')} has no token ${JSON.stringify(marker)}, the marker of ${role}; ` +
      'save the tokenizer with PyLate, which adds it, and export the model again',
  )
}

/** The text that is put before queries and documents: that of their task, otherwise the default. */
function promptsOf(values: DeclaredValues): Pick<ModelSettings, 'queryPrompt' | 'documentPrompt'> {
  const prompts = values.object('prompts')
  const name = values.text('default_prompt_name')
  const first = (...names: readonly string[]) =>
    names.map(task => prompts?.text(task)).find(text => text !== undefined) ??
    (name === undefined ? undefined : prompts?.text(name))
  const [queryPrompt, documentPrompt] = [first('query'), first('document', 'passage', 'corpus')]
  return { ...(queryPrompt && { queryPrompt }), ...(documentPrompt && { documentPrompt }) }
}
