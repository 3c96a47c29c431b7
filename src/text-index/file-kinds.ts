// Kinds of files by the endings of their names.

/** How a file is read: see passage-items.ts. */
export type FileKind = 'text' | 'html' | 'code' | 'pdf' | 'jsonl' | 'table'

const endings = (text: string): readonly string[] => text.split(' ').map(each => `.${each}`)

const KINDS: Readonly<Record<FileKind, readonly string[]>> = {
  text: endings('md markdown mdx txt text rst org adoc asciidoc tex'),
  html: endings('html htm xhtml'),
  code: endings(
    'js mjs cjs jsx ts mts cts tsx vue svelte astro py pyi rb go rs java kt kts scala groovy gradle swift m mm c h cc cpp ' +
      'cxx hh hpp hxx cs fs fsx vb php pl pm lua r jl dart ex exs erl hrl hs ml mli clj cljs cljc lisp el scm zig nim v ' +
      'sv sol sh bash zsh fish ps1 bat cmd sql graphql proto thrift tf cmake css scss sass less',
  ),
  pdf: endings('pdf'),
  jsonl: endings('jsonl ndjson'),
  table: endings('parquet json'),
}

const KIND_OF: ReadonlyMap<string, FileKind> = new Map(
  Object.entries(KINDS).flatMap(([kind, names]) => names.map(name => [name, kind as FileKind] as const)),
)

/** The ending of a path in lower case, with its dot; '' without one. */
export const endingOf = (path: string): string => /[^/\\](\.[^./\\]+)$/.exec(path)?.[1]?.toLowerCase() ?? ''

/**
 * The kind of a file that the caller named: plain text if its ending is not known.
 *
 * @param plain endings that are read as plain text
 */
export const kindOf = (path: string, plain: readonly string[]): FileKind => foundKind(path, plain) ?? 'text'

/** The kind of a file in a folder; undefined if it is not read there. Tables can be large and of any content. */
export function folderKind(path: string, plain: readonly string[]): FileKind | undefined {
  const kind = foundKind(path, plain)
  return kind === 'table' ? undefined : kind
}

function foundKind(path: string, plain: readonly string[]): FileKind | undefined {
  const ending = endingOf(path)
  return plain.includes(ending) ? 'text' : KIND_OF.get(ending)
}
