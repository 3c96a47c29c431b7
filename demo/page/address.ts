// The state of the page in the fragment of its address: `#query`, or `#query/word` if the result `word` is open. Both
// parts are percent-encoded, so a slash in them is `%2F`.

/** What the page shows. */
export interface View {
  /** '' if there is no query. */
  readonly query: string
  /** The first word of the opened result; undefined for the first result. */
  readonly word?: string
}

/** The fragment of a view, with its `#`; '' for the empty view. */
export function fragmentOf({ query, word }: View): string {
  if (query === '') return ''
  return `#${[query, ...(word === undefined ? [] : [word])].map(encodeURIComponent).join('/')}`
}

/** The view of a fragment. Text that is not valid percent-encoding is taken as it is. */
export function viewOf(fragment: string): View {
  const [query = '', word] = fragment.replace(/^#/, '').split('/').map(decode)
  return word === undefined || word === '' ? { query } : { query, word }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
