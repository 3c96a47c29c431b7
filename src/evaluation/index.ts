// Public names of `maxsimd/evaluation`: quality measures of a search, from relevance judgements.

export type { Qrels, Run } from './judgements.js'
export { type Cutoffs, type Evaluation, evaluate, type Measures } from './measures.js'
export { type RandomizationOptions, type RandomizationTest, randomizationTest } from './randomization-test.js'
