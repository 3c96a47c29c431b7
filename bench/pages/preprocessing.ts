// Measures how long a page takes before the model: decoding, resizing, cutting, numbers; here, and in FastEmbed with Pillow.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resizeImage } from '../../src/encode/images/resize.js'
import { pixelValuesOf } from '../../src/encode/pages/pixel-values.js'
import { tileSizes } from '../../src/encode/pages/tile-sizes.js'
import { encodePng } from '../../src/pages/index.js'
import { random } from '../../test/support/random.js'
import { summarize } from '../shared/timing.js'

/** Milliseconds of one page, median. */
export interface PreprocessingResult {
  readonly model: string
  readonly here: number
  /** Undefined without Python. */
  readonly pillow?: number | undefined
}

const [WIDTH, HEIGHT] = [1241, 1754]
const ROUNDS = 7

/** A white A4 page at 150 pixels per inch with dark words. */
function makeImage() {
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

/** FastEmbed's own transforms on the decoded image, as often as here. */
const PYTHON = `
import sys, time, statistics
from PIL import Image
from fastembed.image.transform.operators import Compose
half = {"do_normalize": True, "do_rescale": True, "do_resize": True, "image_mean": [0.5] * 3, "image_std": [0.5] * 3, "rescale_factor": 0.00392156862745098}
configs = {
  "ColPali": {**half, "image_processor_type": "SiglipImageProcessor", "resample": 3, "size": {"height": 448, "width": 448}},
  "ColModernVBERT": {**half, "image_processor_type": "Idefics3ImageProcessor", "do_image_splitting": True, "max_image_size": {"longest_edge": 512}, "resample": 1, "size": {"longest_edge": 2048}},
}
with Image.open(sys.argv[1]) as opened:
    image = opened.convert("RGB")
for name, config in configs.items():
    processor, times = Compose.from_config(config), []
    for _ in range(${ROUNDS}):
        started = time.perf_counter()
        processor([image])
        times.append(1000 * (time.perf_counter() - started))
    print(name, statistics.median(times))
`

/** Measures both models on one core. `python` has FastEmbed. */
export async function measurePreprocessing(python: string | undefined): Promise<PreprocessingResult[]> {
  const image = makeImage()
  const tables = [0, 1, 2].map(() => Float32Array.from({ length: 256 }, (_, byte) => byte / 127.5 - 1))
  const colpali = () =>
    pixelValuesOf([{ image: resizeImage(image, 448, 448, 3), left: 0, top: 0 }], 448, tables)
  const modern = () => {
    const { first, second, tiles } = tileSizes(WIDTH, HEIGHT, 2048, 512)
    const whole = resizeImage(resizeImage(image, ...first, 1), ...second, 1)
    const squares = Array.from({ length: tiles.rows * tiles.columns }, (_, i) => ({
      image: whole,
      left: (i % tiles.columns) * 512,
      top: Math.floor(i / tiles.columns) * 512,
    }))
    return pixelValuesOf(
      [...squares, { image: resizeImage(whole, 512, 512, 1), left: 0, top: 0 }],
      512,
      tables,
    )
  }
  const pillow = python === undefined ? {} : await measurePillow(python, image)
  return Object.entries({ ColPali: colpali, ColModernVBERT: modern }).map(([model, prepare]) => {
    const times = Array.from({ length: ROUNDS }, () => {
      const started = performance.now()
      prepare()
      return performance.now() - started
    })
    return { model, here: summarize(times).median, pillow: pillow[model] }
  })
}

async function measurePillow(
  python: string,
  image: ReturnType<typeof makeImage>,
): Promise<Record<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'maxsimd-bench-pages-'))
  try {
    const file = join(folder, 'page.png')
    writeFileSync(file, await encodePng(image))
    const { status, stdout, stderr } = spawnSync(python, ['-c', PYTHON, file], { encoding: 'utf8' })
    if (status !== 0)
      throw new Error(`${python} could not measure FastEmbed: ${stderr.trim().split('\n').at(-1)}`)
    return Object.fromEntries(
      stdout
        .trim()
        .split('\n')
        .map(line => [line.split(' ')[0]!, Number(line.split(' ')[1])]),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
