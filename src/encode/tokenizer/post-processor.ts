// The special tokens around a text: `post_processor` of tokenizer.json, of which one text alone matters here.
import { type Node, nodeAt, nodesAt, stringAt, unsupportedType } from './json.js'

export interface PostProcessor {
  readonly before: readonly number[]
  readonly after: readonly number[]
}

const nothing: PostProcessor = { before: [], after: [] }
const known = ['BertProcessing', 'ByteLevel', 'RobertaProcessing', 'Sequence', 'TemplateProcessing']

/** Reads what stands around a text. */
export function readPostProcessor(node: Node | undefined, path: string): PostProcessor {
  if (!node) return nothing
  switch (node.type) {
    case 'ByteLevel':
      return nothing
    case 'BertProcessing':
    case 'RobertaProcessing':
      return { before: [idIn(node.cls, path)], after: [idIn(node.sep, path)] }
    case 'TemplateProcessing':
      return template(node, path)
    case 'Sequence':
      return nodesAt(node.processors, path)
        .map(step => readPostProcessor(step, path))
        .reduce(
          (inner, outer) => ({
            before: [...outer.before, ...inner.before],
            after: [...inner.after, ...outer.after],
          }),
          nothing,
        )
    default:
      throw unsupportedType(path, 'post-processor', node, known)
  }
}

/** `[token, id]` */
function idIn(pair: unknown, path: string): number {
  const id = Array.isArray(pair) ? pair[1] : undefined
  if (typeof id !== 'number') throw new RangeError(`${path} has a post-processor without the id of a token`)
  return id
}

function template(node: Node, path: string): PostProcessor {
  const tokens = nodeAt(node.special_tokens, path) ?? {}
  const frame: { before: number[]; after: number[] } = { before: [], after: [] }
  let side: 'before' | 'after' = 'before'
  for (const part of nodesAt(node.single, path)) {
    if (part.Sequence) {
      side = 'after'
      continue
    }
    const name = stringAt(nodeAt(part.SpecialToken, path)?.id)
    const ids = nodeAt(tokens[name], path)?.ids
    if (!Array.isArray(ids))
      throw new RangeError(`${path} has a post-processor with "${name}", and no ids for it`)
    frame[side].push(...(ids as number[]))
  }
  return frame
}
