// Reads the special tokens around a text: `post_processor` of tokenizer.json, of which only the template for a single
// text matters here.
import { type JsonObject, objectAt, objectsAt, stringAt, unsupportedType } from './json.js'

/** The ids of the special tokens around every text. */
export interface PostProcessor {
  readonly before: readonly number[]
  readonly after: readonly number[]
}

const NO_TOKENS: PostProcessor = { before: [], after: [] }

const POST_PROCESSOR_TYPES = [
  'BertProcessing',
  'ByteLevel',
  'RobertaProcessing',
  'Sequence',
  'TemplateProcessing',
]

/**
 * Reads a post-processor. `path` names the file in errors.
 *
 * @throws RangeError if it has an unsupported type, or lacks the id of a token
 */
export function readPostProcessor(object: JsonObject | undefined, path: string): PostProcessor {
  if (!object) return NO_TOKENS
  switch (object.type) {
    case 'ByteLevel':
      return NO_TOKENS
    case 'BertProcessing':
    case 'RobertaProcessing':
      return { before: [idOf(object.cls, path)], after: [idOf(object.sep, path)] }
    case 'TemplateProcessing':
      return readTemplate(object, path)
    case 'Sequence':
      return objectsAt(object.processors, path)
        .map(step => readPostProcessor(step, path))
        .reduce(surround, NO_TOKENS)
    default:
      throw unsupportedType(path, 'post-processor', object, POST_PROCESSOR_TYPES)
  }
}

const surround = (inner: PostProcessor, outer: PostProcessor): PostProcessor => ({
  before: [...outer.before, ...inner.before],
  after: [...inner.after, ...outer.after],
})

/** The id in a pair `[token, id]`. */
function idOf(pair: unknown, path: string): number {
  const id = Array.isArray(pair) ? pair[1] : undefined
  if (typeof id !== 'number') throw new RangeError(`${path} has a post-processor without the id of a token`)
  return id
}

function readTemplate(object: JsonObject, path: string): PostProcessor {
  const tokens = objectAt(object.special_tokens, path) ?? {}
  const before: number[] = []
  const after: number[] = []
  let ids = before
  for (const part of objectsAt(object.single, path)) {
    if (part.Sequence) {
      ids = after
      continue
    }
    const name = stringAt(objectAt(part.SpecialToken, path)?.id)
    const tokenIds = objectAt(tokens[name], path)?.ids
    if (!Array.isArray(tokenIds)) {
      throw new RangeError(`${path} has a post-processor with the token "${name}", but no ids for it`)
    }
    ids.push(...(tokenIds as number[]))
  }
  return { before, after }
}
