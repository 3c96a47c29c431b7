// What each step of programs/steps.js must return, and the record of all checks.

/** Regular expressions of the results of a program in which everything works. */
export const working = {
  core: /^(relaxed-)?simd: 2,0$/,
  threads: /^2 of (relaxed-)?simd: 2,0$/,
  reference: /^2,0$/,
  memoryStore: /^3,1$/,
  diskStore: /^3,1$/,
  formats: /^7: 1,0,0,1$/,
  words: /^dim 100: 1$/,
  module: /^simd: 2,0$/,
}

export const ALL_STEPS = Object.keys(working)

/** Returns the results that are not as expected, one a line. `steps` are the names of the steps that must have run. */
export function differences(results, steps, expected = working) {
  const lines = steps.flatMap(step => {
    const result = results[step]
    return result !== undefined && expected[step].test(result)
      ? []
      : [`${step}: expected ${expected[step]}, got ${result ?? 'no result'}`]
  })
  return lines.join('\n')
}

/** All checks, by their concern. */
export class Report {
  checks = []

  /** Records one check. `problem` is a text, empty if the check passed. */
  add(concern, name, problem) {
    this.checks.push({ concern, name, problem })
    console.log(`${problem ? 'FAILED' : 'ok'}: ${concern}: ${name}${problem ? `\n${indent(problem)}` : ''}`)
  }

  /** Runs a function that returns a problem or nothing, and records it. */
  async run(concern, name, check) {
    const started = performance.now()
    const problem = await Promise.resolve()
      .then(check)
      .catch(error => error.stack ?? String(error))
    this.add(concern, name, problem)
    return performance.now() - started
  }

  get passed() {
    return this.checks.filter(({ problem }) => !problem).length
  }

  get failed() {
    return this.checks.length - this.passed
  }
}

const indent = text => text.trimEnd().replace(/^/gm, '  ')
