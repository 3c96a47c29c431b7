// Decodes image files in a browser. A 2D canvas multiplies colours by alpha and converts them by profiles; a texture of WebGL
// does neither, so its pixels are those of the file. Not exact: grey images of 16 bits, which browsers scale to 8 bits.

import { findExif, withoutExif } from './exif.js'
import type { DecodedFile } from './image-types.js'

/** Decodes a file. `checkSize` throws if it has too many pixels. */
export async function decodeInBrowser(
  bytes: Uint8Array,
  checkSize: (width: number, height: number) => void,
): Promise<DecodedFile> {
  const exif = findExif(bytes)
  const stored = exif ? withoutExif(bytes, exif) : bytes
  const bitmap = await createImageBitmap(new Blob([stored as Uint8Array<ArrayBuffer>]), {
    premultiplyAlpha: 'none',
    colorSpaceConversion: 'none',
    imageOrientation: 'none',
  })
  try {
    checkSize(bitmap.width, bitmap.height)
    return { image: readBitmap(bitmap), orientation: exif?.orientation ?? 1 }
  } finally {
    bitmap.close()
  }
}

/** Reads the pixels of a bitmap through a texture. */
function readBitmap(bitmap: ImageBitmap) {
  const { width, height } = bitmap
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2')
  if (!gl) throw new Error('WebGL 2 is not available; pass pixels as { data, width, height }')
  try {
    const texture = gl.createTexture()
    gl.bindTexture(gl.TEXTURE_2D, texture)
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false)
    gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE)
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, bitmap)
    gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer())
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0)
    if (gl.checkFramebufferStatus(gl.FRAMEBUFFER) !== gl.FRAMEBUFFER_COMPLETE) {
      const most = gl.getParameter(gl.MAX_TEXTURE_SIZE) as number
      throw new Error(
        `${width} x ${height} pixels do not fit into a texture of ${most} x ${most}; scale it down`,
      )
    }
    const rgba = new Uint8Array(width * height * 4)
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, rgba)
    const data = new Uint8Array(width * height * 3)
    for (let from = 0, to = 0; to < data.length; from += 4, to += 3) {
      data[to] = rgba[from]!
      data[to + 1] = rgba[from + 1]!
      data[to + 2] = rgba[from + 2]!
    }
    return { data, width, height }
  } finally {
    gl.getExtension('WEBGL_lose_context')?.loseContext()
  }
}
