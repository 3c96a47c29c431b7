// Measures how long a page takes before the model: resizing, cutting, numbers and the ids of the prompt; here, and the same without ids
// in FastEmbed with Pillow. Both take turns, because other programs on the machine slow down the one that runs at that moment.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { RgbImage } from '../../src/encode/images/image-types.js'
import { createColModernVbert } from '../../src/encode/pages/colmodernvbert.js'
import { createColPali } from '../../src/encode/pages/colpali.js'
import type { PageModel } from '../../src/encode/pages/page-types.js'
import { readTokenizer } from '../../src/encode/tokenizer/tokenizer.js'
import { loadPixelKernel } from '../../src/kernel/pixels/pixel-kernel.js'
import { encodePng } from '../../src/pages/index.js'
import { random } from '../../test/support/random.js'
import { summarize } from '../shared/timing.js'

/** Processor time of one page in milliseconds, medians. */
export interface PreprocessingResult {
  readonly model: string
  readonly here: number
  /** Undefined without Python. */
  readonly pillow?: number | undefined
  /** Median of the ratios of two neighbouring measurements. */
  readonly ratio?: number | undefined
}

const [WIDTH, HEIGHT] = [1241, 1754]
const ROUNDS = 15
/** Runs before the measurement, in which the engine optimizes the code. */
const WARM = 3

/** A white A4 page at 150 pixels per inch with dark words. */
function makeImage(): RgbImage {
  const next = random(150)
  const data = new Uint8Array(WIDTH * HEIGHT * 3).fill(255)
  for (let y = 120; y < HEIGHT - 120; y += 28) {
    for (let x = 120; x < WIDTH - 160; ) {
      const width = 10 + Math.floor(next() * 90)
      const grey = Math.floor(next() * 90)
      for (let line = y; line < y + 12; line++)
        data.fill(grey, (line * WIDTH + x) * 3, (line * WIDTH + x + width) * 3)
      x += width + 12
    }
  }
  return { data, width: WIDTH, height: HEIGHT }
}

const FIXTURES = fileURLToPath(new URL('../test/encode/pages/fixtures', import.meta.url))
const CUT = { maxTokens: 8192, cutsLeft: false }

/** The settings of the two models: numbers of preprocessor_config.json. */
const HALF = {
  do_normalize: true,
  do_rescale: true,
  do_resize: true,
  image_mean: [0.5, 0.5, 0.5],
  image_std: [0.5, 0.5, 0.5],
  rescale_factor: 0.00392156862745098,
}
const CONFIGS = {
  ColPali: {
    ...HALF,
    image_processor_type: 'SiglipImageProcessor',
    resample: 3,
    size: { height: 448, width: 448 },
  },
  ColModernVBERT: {
    ...HALF,
    image_processor_type: 'Idefics3ImageProcessor',
    do_image_splitting: true,
    max_image_size: { longest_edge: 512 },
    resample: 1,
    size: { longest_edge: 2048 },
  },
}

type ModelName = keyof typeof CONFIGS

/** Both models with the tokenizers of the tests, which have the tokens of the prompts. */
async function createModels(): Promise<Readonly<Record<ModelName, PageModel>>> {
  const kernel = await loadPixelKernel()
  const tokenizer = (folder: string) =>
    readTokenizer(
      JSON.parse(readFileSync(join(FIXTURES, folder, 'tokenizer.json'), 'utf8')),
      'tokenizer.json',
      undefined,
    )
  const named = (json: object) => ({
    json: json as Record<string, unknown>,
    path: 'preprocessor_config.json',
  })
  return {
    ColPali: createColPali(kernel, tokenizer('colpali'), named(CONFIGS.ColPali), CUT),
    ColModernVBERT: createColModernVbert(
      kernel,
      tokenizer('colmodernvbert'),
      {
        preprocessor: named(CONFIGS.ColModernVBERT),
        processor: named({ image_seq_len: 64 }),
        config: named({}),
      },
      CUT,
    ),
  }
}

/** FastEmbed's own transforms on the decoded image. For each line of stdin, the name of a model, prints milliseconds. */
const PYTHON = `
import json, sys, time
from PIL import Image
from fastembed.image.transform.operators import Compose
with Image.open(sys.argv[1]) as opened:
    image = opened.convert("RGB")
processors = {name: Compose.from_config(config) for name, config in json.loads(sys.argv[2]).items()}
print("ready", flush=True)
for line in sys.stdin:
    started = time.process_time()
    processors[line.strip()]([image])
    print(1000 * (time.process_time() - started), flush=True)
`

/** Measures both models on one core. `python` has FastEmbed. */
export async function measurePreprocessing(python: string | undefined): Promise<PreprocessingResult[]> {
  const image = makeImage()
  const models = await createModels()
  const pillow = python === undefined ? undefined : await startPillow(python, image)
  try {
    const results: PreprocessingResult[] = []
    for (const [model, pages] of Object.entries(models)) {
      const [here, there]: [number[], number[]] = [[], []]
      for (let round = -WARM; round < ROUNDS; round++) {
        const theirs = await pillow?.measure(model)
        const ours = processorTime(() => pages.image(image))
        if (round < 0) continue
        here.push(ours)
        if (theirs !== undefined) there.push(theirs)
      }
      const compared = pillow && {
        pillow: summarize(there).median,
        ratio: summarize(here.map((ours, i) => ours / there[i]!)).median,
      }
      results.push({ model, here: summarize(here).median, ...compared })
    }
    return results
  } finally {
    await pillow?.end()
  }
}

/** The processor time of a call in milliseconds, that of garbage collection included. */
function processorTime(run: () => void): number {
  const { user, system } = process.cpuUsage()
  run()
  const after = process.cpuUsage({ user, system })
  return (after.user + after.system) / 1000
}

async function startPillow(python: string, image: RgbImage) {
  const folder = mkdtempSync(join(tmpdir(), 'maxsimd-bench-pages-'))
  const file = join(folder, 'page.png')
  writeFileSync(file, await encodePng(image))
  const child: ChildProcessWithoutNullStreams = spawn(python, ['-c', PYTHON, file, JSON.stringify(CONFIGS)], {
    env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
  })
  let problem = ''
  child.stderr.on('data', (text: Buffer) => {
    problem += text
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextLine = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`${python} could not measure FastEmbed: ${problem.trim().split('\n').at(-1)}`)
    return value
  }
  const end = async () => {
    const exit = child.exitCode === null ? once(child, 'exit') : undefined
    child.stdin.end()
    await exit
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await nextLine()
  } catch (error) {
    await end()
    throw error
  }
  return {
    async measure(model: string) {
      child.stdin.write(`${model}\n`)
      return Number(await nextLine())
    },
    end,
  }
}
