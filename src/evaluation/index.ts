// The public names of `maxsimd/evaluation`: how good a search is, by what was judged. Runs anywhere.

export type { Qrels, Run } from './judgements.js'
export { type Cutoffs, type Evaluation, evaluate, type Measures } from './measures.js'
