// The module that pages-browser.test.ts bundles for its page: pixels of image files, and rows of images.

import * as transformers from '@huggingface/transformers'
import { decodeImage } from '../../../../src/encode/images/decode-image.js'
import { createEncoder } from '../../../../src/encode/index.js'
import { loadPixelKernel } from '../../../../src/kernel/pixels/pixel-kernel.js'
import { resizeImage } from '../../../support/resize-image.js'

const hex = (bytes: ArrayBuffer) =>
  [...new Uint8Array(bytes)].map(byte => byte.toString(16).padStart(2, '0')).join('')

async function hashOf(bytes: Uint8Array | Uint8ClampedArray): Promise<string> {
  return hex(await crypto.subtle.digest('SHA-256', Uint8Array.from(bytes))).slice(0, 16)
}

/** The hash of a file's pixels, and those turned by EXIF and resized. */
async function pixelsOf(url: string, maxPixels = 1e8) {
  const blob = await (await fetch(url)).blob()
  try {
    const image = await decodeImage(blob, { orient: false, maxPixels })
    const turned = await decodeImage(blob, { orient: true, maxPixels })
    const resized = resizeImage(await loadPixelKernel(), image, [50, 60], 1)
    return {
      width: image.width,
      height: image.height,
      hash: await hashOf(image.data),
      turned: [turned.width, turned.height, await hashOf(turned.data)],
      resized: await hashOf(resized.data),
    }
  } catch (error) {
    return (error as Error).message
  }
}

/** The rows of an image and of a text. */
async function rowsOf(model: string, url: string, text: string) {
  const { env } = transformers
  env.allowLocalModels = true
  Object.assign(env.backends.onnx.wasm ?? {}, { wasmPaths: '/ort/', numThreads: 1 })
  const encoder = await createEncoder({ model, transformers })
  const [image] = await encoder.images([await (await fetch(url)).blob()])
  const query = await encoder.query(text)
  await encoder.dispose()
  return [[...image!.data], [...query.data]] as const
}

export const functions = { pixelsOf, rowsOf }

Object.assign(globalThis, functions)
