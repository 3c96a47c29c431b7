// How much a filter can select, without a look at any point: changes are refused to filters that select everything, which
// are usually lists of conditions that came out empty.

/** `all`: every point. `none`: no point. `some`: it depends on the points. */
type Extent = 'all' | 'none' | 'some'

const CLAUSES = ['must', 'should', 'must_not', 'min_should']

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether a filter has no condition, at any depth, that could leave a point out. */
export const selectsEverything = (filter: unknown): boolean => filterExtent(filter) === 'all'

function filterExtent(filter: unknown): Extent {
  if (filter === undefined || filter === null) return 'all'
  // what is not a filter is refused elsewhere
  if (!isObject(filter) || Object.keys(filter).some(name => !CLAUSES.includes(name))) return 'some'
  const { must, should, must_not, min_should } = filter
  const alternatives = extentsOf(should)
  return allOf([
    ...extentsOf(must),
    ...(alternatives.length > 0 ? [anyOf(alternatives)] : []),
    ...extentsOf(must_not).map(negated),
    ...(isObject(min_should) ? [minShouldExtent(min_should)] : []),
  ])
}

/** The extents of a clause: an array of conditions, or a single one. */
function extentsOf(clause: unknown): Extent[] {
  if (clause === undefined || clause === null) return []
  return Array.isArray(clause) ? clause.map(conditionExtent) : [conditionExtent(clause)]
}

function conditionExtent(condition: unknown): Extent {
  if (!isObject(condition)) return condition === undefined || condition === null ? 'all' : 'some'
  const { has_id, nested, match, range } = condition
  if (Array.isArray(has_id)) return has_id.length === 0 ? 'none' : 'some'
  if (isObject(nested)) return filterExtent(nested.filter)
  if (!('key' in condition)) return filterExtent(condition)
  if (isObject(match)) {
    if (Array.isArray(match.any) && match.any.length === 0) return 'none'
    if (Array.isArray(match.except) && match.except.length === 0) return 'all'
  }
  // a bound that is undefined is not sent
  return isObject(range) && Object.values(range).every(bound => bound === undefined || bound === null)
    ? 'all'
    : 'some'
}

function minShouldExtent({ conditions, min_count }: Readonly<Record<string, unknown>>): Extent {
  const extents = extentsOf(conditions)
  const needed = typeof min_count === 'number' ? min_count : 0
  if (extents.filter(extent => extent === 'all').length >= needed) return 'all'
  return extents.filter(extent => extent !== 'none').length < needed ? 'none' : 'some'
}

const allOf = (extents: readonly Extent[]): Extent =>
  extents.includes('none') ? 'none' : extents.includes('some') ? 'some' : 'all'

const anyOf = (extents: readonly Extent[]): Extent =>
  extents.includes('all') ? 'all' : extents.includes('some') ? 'some' : 'none'

const negated = (extent: Extent): Extent => (extent === 'all' ? 'none' : extent === 'none' ? 'all' : 'some')
