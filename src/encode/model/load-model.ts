// Loads the files of a model, finds out how it is used, and checks that its parts belong together.
import type { JsonObject } from '../tokenizer/json.js'
import { readTokenizer, type Tokenizer } from '../tokenizer/tokenizer.js'
import { checkConsistency } from './files/model-consistency.js'
import { createModelFiles, type ModelFiles } from './files/model-files.js'
import { locateModel, type ModelLocation } from './files/model-location.js'
import { guessSettings, type ModelSettings, settingsOf, TOKEN_ROWS } from './known-models.js'
import { loadSession } from './load-session.js'
import type { ParsedEncoderOptions } from './model-options.js'
import type { ModelSession } from './model-session.js'
import { type Declaration, readDeclaration, readStanfordDeclaration } from './recipe/declaration.js'
import { projectSession } from './recipe/projected-session.js'
import { stanfordProjection } from './recipe/projection.js'
import { addsLowerCase, plainPrompts, type Recipe, recipeOf } from './recipe/recipe.js'
import { specialTokensOf } from './recipe/special-tokens.js'
import { createSequencer, type Sequencer } from './sequence.js'
import { padSequences } from './token-rows.js'
import type { TransformersPeer } from './transformers.js'

/** A loaded model with its tokenizer. */
export interface ModelParts {
  readonly options: ParsedEncoderOptions
  readonly settings: ModelSettings
  readonly sequencer: Sequencer
  readonly padId: number | undefined
  readonly session: ModelSession
  /** Elements in each row. */
  readonly dim: number
}

/** The parsed files of the tokenizer, and config.json. */
interface TextFiles {
  readonly config: JsonObject
  readonly tokenizer: Tokenizer
  readonly tokenizerPath: string
  readonly tokenizerConfig: JsonObject | undefined
  readonly specialTokens: JsonObject | undefined
}

/** Loads the files of a model and checks that they belong together. */
export async function loadModel(
  model: string,
  transformers: TransformersPeer,
  options: ParsedEncoderOptions,
): Promise<ModelParts> {
  const { env } = transformers
  const location = await locateModel(model, env, options)
  const files = createModelFiles({ location, env, options })
  const name = location.type === 'name' ? location.model : location.cachedName
  const chosen = options.settings ?? (name === undefined ? undefined : settingsOf(name))
  const config = await files.json('config.json', 'optional')
  const declaration = chosen ? undefined : await readDeclaration(files)
  // PyLate's exporter to ONNX writes no config.json
  if (!config && !declaration) await files.json('config.json', 'required')
  const texts = await readTextFiles(files, config, await addsLowerCase(declaration, files))
  const recipe = chosen ? withSettings(chosen, files) : await findRecipe(files, location, texts, declaration)
  const settings = withReplaced(recipe.settings, options)
  const { tokenizer, tokenizerPath } = texts
  const limits = checkConsistency(texts, settings)
  const sequencer = createSequencer(tokenizer, settings, limits)
  const [most, maxTokens] =
    sequencer.maxTextTokens < sequencer.maxQueryTextTokens
      ? [sequencer.maxTextTokens, limits.maxDocumentTokens]
      : [sequencer.maxQueryTextTokens, limits.maxQueryTokens]
  if (most < 1) {
    throw new RangeError(
      `${tokenizerPath}: a maximum of ${maxTokens} tokens leaves no room for a text; check the lengths in the model's files`,
    )
  }
  const dim = settings.dim ?? (recipe.projection === 'missing' ? undefined : recipe.projection?.outDim)
  const session = await loadSession({ transformers, location, settings, dim, config: texts.config, options })
  // a query that is filled up to more tokens than the model may accept is tried at once, and not by the first user
  const isLong = (settings.queryLength ?? 0) > Number(texts.config.max_position_embeddings)
  const sequences = [sequencer.document('.'), ...(isLong ? [sequencer.query('.')] : [])]
  const batches = sequences.map(sequence => padSequences([sequence], limits.padId))
  const projected = await projectSession({ session, recipe, hiddenDim: texts.config.hidden_size }, batches)
  if (options.signal?.aborted) {
    await projected.session.dispose()
    throw options.signal.reason
  }
  return { options, settings, sequencer, padId: limits.padId, ...projected }
}

/** The settings with the values of the options. A query is not filled up beyond its maximum. */
function withReplaced(settings: ModelSettings, { replaced }: ParsedEncoderOptions): ModelSettings {
  const { queryLength } = settings
  const { maxQueryTokens = Infinity } = replaced
  const isShorter = queryLength !== undefined && maxQueryTokens < queryLength
  return { ...settings, ...replaced, ...(isShorter && { queryLength: maxQueryTokens }) }
}

async function readTextFiles(
  files: ModelFiles,
  config: JsonObject | undefined,
  lowercases: boolean,
): Promise<TextFiles> {
  const tokenizerPath = files.nameOf('tokenizer.json')
  const file = await files.json('tokenizer.json', 'required')
  const json = lowercases ? { ...file, normalizer: withLowerCase(file?.normalizer) } : file
  const specialTokens = await files.json('special_tokens_map.json', 'optional')
  const tokenizer = readTokenizer(json, tokenizerPath, specialTokens)
  const tokenizerConfig = await files.json('tokenizer_config.json', 'optional')
  return { config: config ?? {}, tokenizer, tokenizerPath, tokenizerConfig, specialTokens }
}

const withLowerCase = (normalizer: unknown): JsonObject => ({
  type: 'Sequence',
  normalizers: [{ type: 'Lowercase' }, ...(normalizer ? [normalizer] : [])],
})

/** A name that says that the model was made for late interaction. */
const CLAIM = /colbert|late-?on\b|late-?interaction|col(?:pali|qwen|idefics|smol)/i

/**
 * Finds out how a model is used: from what it declares, from the model that its config.json names, from its
 * architecture.
 *
 * @throws RangeError if it calls itself a model for late interaction, and no file says how it is used
 */
async function findRecipe(
  files: ModelFiles,
  location: ModelLocation,
  { config, tokenizer, tokenizerConfig, specialTokens }: TextFiles,
  declaration: Declaration | undefined,
): Promise<Recipe> {
  const declared = declaration ?? (await readStanfordDeclaration(files))
  if (declared) {
    const special = specialTokensOf(tokenizer, tokenizerConfig, specialTokens)
    return recipeOf(declared, { files, tokenizer, special })
  }
  const settings = guessSettings(config, tokenizer.idOf)
  if (settings === TOKEN_ROWS) {
    const name = location.model.split(/[\\/]/).at(-1) ?? ''
    const origin = String(config._name_or_path ?? '')
    const claim = [name, origin.split(/[\\/]/).at(-1) ?? ''].find(text => CLAIM.test(text))
    if (claim !== undefined) {
      throw new RangeError(
        `"${location.model}" is a model for late interaction by its name (${claim}), but no file says how it is used: ` +
          'config_sentence_transformers.json, onnx_config.json and artifact.metadata are missing; add the file, ' +
          'or pass "settings", such as \'colbert-ir/colbertv2.0\', or TOKEN_ROWS for the rows of a plain encoder',
      )
    }
  }
  return withSettings(
    settings === TOKEN_ROWS ? { ...settings, ...(await plainPrompts(files)) } : settings,
    files,
  )
}

/** The recipe of settings that no file of the model declares. If they do not say the dim, the projection may be missing. */
const withSettings = (settings: ModelSettings, files: ModelFiles): Recipe => ({
  settings,
  projection:
    settings.type === 'colbert' && settings.dim === undefined ? stanfordProjection(files) : undefined,
})
