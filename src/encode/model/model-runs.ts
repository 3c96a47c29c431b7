// The runs of a model that are under way, which its end waits for.

import type { LoadedModel } from './transformers.js'

/** Runs a model, and frees it. */
export interface ModelRuns<Input extends readonly unknown[], Output> {
  run(...input: Input): Promise<Output>
  /** Frees the model, after the runs under way. */
  dispose(): Promise<void>
}

/** Keeps a record of the runs of a model. */
export function recordRuns<Input extends readonly unknown[], Output>(
  model: Pick<LoadedModel, 'dispose'>,
  run: (...input: Input) => Promise<Output>,
): ModelRuns<Input, Output> {
  const runs = new Set<Promise<Output>>()
  return {
    run(...input) {
      const output = run(...input)
      runs.add(output)
      const remove = () => void runs.delete(output)
      output.then(remove, remove)
      return output
    },
    async dispose() {
      await Promise.allSettled(runs)
      await model.dispose()
    },
  }
}
