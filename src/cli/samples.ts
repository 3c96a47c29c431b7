// Sample sentences for `maxsimd demo`. The first four are the documents of a lesson on multi-vectors.

import type { TokenEncoder } from '../encode/index.js'
import { createScorer } from '../index.js'
import { createTextRanker, type RankedPosition } from '../text-index/text-ranker.js'

export const SAMPLES: readonly string[] = [
  'Artificial intelligence is used in hospitals for cancer diagnosis and treatment.',
  'Self-driving cars use AI algorithms to detect obstacles and make driving decisions.',
  'AI is transforming customer service through chatbots and automation.',
  'The human immune system uses antibodies to defend the body from infections and diseases.',
  'An old sailor can smell the storm in the wind before night falls.',
  'The baker gets up at three in the morning so that there is warm bread at six.',
  'The airline sells the remaining seats on its planes at low prices in November.',
  'A spider in the bathtub made her scream, although she knew that it was harmless.',
  'Bees tell each other by a dance where the flowers are.',
  'The volcano had been quiet for centuries when it buried the town in ash.',
  'Before you rent a room, read what the landlord wants you to sign.',
  'Glass is made of sand that was melted in a very hot furnace.',
  'The dentist pulled the tooth that had ached for days.',
  'Learning to play the violin takes patience from the pupil and from the neighbours.',
  'Wolves hunt in packs and can follow a deer for days.',
  'The train was two hours late because a tree had fallen on the track.',
  'Honey never spoils: jars from the tombs of kings could still be eaten.',
  'The school lends flutes, guitars and drums to pupils who want to learn them.',
  'Doctors wash their hands before they examine a patient.',
  'The moon pulls the sea, and so the tide rises twice a day.',
  'When the bank failed, many families lost the money they had saved.',
  'Our grandmother grew potatoes, beans and roses in the garden behind the house.',
  'The astronaut looked out and saw how thin the air around the earth is.',
  'In chess the queen is the strongest piece, and the king is the most important one.',
  'The mechanic found the fault in the car by listening to its engine.',
  'Ravens remember the face of a man who was cruel to them.',
  'Salt was once so precious that soldiers were paid with it.',
  'The bride wore the dress of her mother, and the groom cried.',
  'The pianist practised the same piece of music every evening before the concert.',
  'He lost his fear of wasps when he watched them build a nest.',
  'She fries an onion, adds rice and tomatoes, and dinner is ready.',
  'Ice is lighter than water, so fish can survive the winter below it.',
  'Many people are afraid of snakes, although few snakes can harm them.',
  'Lizards eat insects, eggs and small fruits.',
  'The goalkeeper caught the ball, and the team won the cup.',
  'Vaccines teach the body to recognise a germ that it has never met.',
]

/** Searches the samples as a text index is searched. Dispose it at the end. */
export interface SampleSearch {
  /** The best samples that match, best first. */
  search(question: string, limit: number): Promise<SampleAnswer>
  dispose(): void
}

/** What is found for a question. */
export interface SampleAnswer {
  readonly hits: readonly SampleHit[]
  /** Words that no sample has. */
  readonly unknown: readonly string[]
}

/** A sample that was found. */
export interface SampleHit extends Omit<RankedPosition, 'index'> {
  /** Its index. */
  readonly id: number
  readonly text: string
}

/** Reads the samples. */
export async function createSampleSearch(encoder: TokenEncoder, weighted: boolean): Promise<SampleSearch> {
  const scorer = await createScorer()
  try {
    const ranker = await createTextRanker(scorer, SAMPLES, { encoder, weighted, only: undefined })
    return {
      async search(question, limit) {
        const { ranked, missing } = await ranker.rank(question)
        const found = ranked.filter(({ score }) => score > 0).slice(0, limit)
        const hits = found.map(({ index, ...hit }) => ({ id: index, text: SAMPLES[index]!, ...hit }))
        return { hits, unknown: missing }
      },
      dispose() {
        ranker.dispose()
        scorer.dispose()
      },
    }
  } catch (error) {
    scorer.dispose()
    throw error
  }
}
