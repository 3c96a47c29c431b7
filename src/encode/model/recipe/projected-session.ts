// Adds the projection of a model to an ONNX file that has the transformer alone, and checks the dim of the rows.
import type { ModelSession, TokenBatch } from '../model-session.js'
import { applyDense, type DenseLayer } from './dense-layer.js'
import type { Projection } from './projection.js'
import type { Recipe } from './recipe.js'

/** A session whose rows may lack the projection. */
export interface UncheckedSession {
  readonly session: ModelSession
  readonly recipe: Recipe
  /** Elements in a row of the transformer, as in config.json. */
  readonly hiddenDim: unknown
}

/** A session, and the elements in each of its rows. */
export interface ProjectedSession {
  readonly session: ModelSession
  readonly dim: number
}

/** The names of the output of a transformer alone, as Optimum and Sentence Transformers export it. */
const TRANSFORMER_OUTPUTS = ['last_hidden_state', 'token_embeddings']

/**
 * Runs batches, which show the dim of the rows and whether tokenizer and model fit, and adds the projection if the ONNX
 * file does not have it. If it fails, the session is disposed.
 *
 * @throws RangeError if the rows have another dim than the model, or the projection is nowhere
 */
export async function projectSession(
  source: UncheckedSession,
  [first, ...rest]: readonly TokenBatch[],
): Promise<ProjectedSession> {
  try {
    const projected = await project(source, first!)
    for (const batch of rest) await source.session.run(batch)
    return projected
  } catch (error) {
    await source.session.dispose()
    throw error
  }
}

async function project(
  { session, recipe, hiddenDim }: UncheckedSession,
  batch: TokenBatch,
): Promise<ProjectedSession> {
  const { projection, settings } = recipe
  const { dim, output } = await session.run(batch)
  if (projection === 'missing' && settings.dim === undefined && dim === hiddenDim) {
    throw new RangeError(
      `${session.file} returns the ${dim} elements of the transformer, and its projection is missing: modules.json lists no ` +
        'dense layer, or the folder of one has no config.json; add them, or export the model with its projection',
    )
  }
  const outDim = settings.dim ?? (projection === 'missing' ? undefined : projection?.outDim)
  if (projection && projection !== 'missing' && isWithout(projection, outDim, hiddenDim, { dim, output })) {
    const layers = await projection.load()
    checkDim(session.file, layers[0]!.inDim, dim)
    checkDim(session.file, outDim, layers.at(-1)!.outDim)
    return { session: withLayers(session, layers), dim: layers.at(-1)!.outDim }
  }
  checkDim(session.file, outDim, dim)
  return { session, dim }
}

/** Whether the rows of an ONNX file are those before the projection. */
function isWithout(
  { inDim }: Projection,
  outDim: number | undefined,
  hiddenDim: unknown,
  { dim, output }: { readonly dim: number; readonly output: string },
): boolean {
  const before = inDim ?? hiddenDim
  if (outDim === undefined || before === outDim) {
    return dim === before && TRANSFORMER_OUTPUTS.includes(output)
  }
  return dim === before || (before === undefined && dim !== outDim)
}

function checkDim(file: string, expected: number | undefined, dim: number): void {
  if (expected === undefined || expected === dim) return
  throw new RangeError(
    `${file} expected rows of dim ${expected}, as in its settings, got ${dim}; it is another model`,
  )
}

/** A session that applies layers to each row. */
function withLayers(session: ModelSession, layers: readonly DenseLayer[]): ModelSession {
  return {
    ...session,
    async run(batch) {
      const rows = await session.run(batch)
      const data = layers.reduce((input, layer) => applyDense(layer, input), rows.data)
      return { ...rows, data, dim: layers.at(-1)!.outDim }
    },
  }
}
