"""Makes 60 pictures, and what Pillow makes of them: pixels as RGB, and 500 resizes. The only argument is the folder.

    FOLDER/files/*          pictures: all modes and formats that Pillow and browsers share, odd sizes, EXIF, profiles
    FOLDER/pictures.json    for each: its size, and the beginning of the SHA-256 of its pixels as RGB
    FOLDER/resizes.json     for each resize: the filter and both sizes; resizes.bin has the pixels before and after
"""

import hashlib
import json
import struct
import sys
from pathlib import Path

import numpy as np
import PIL
from PIL import Image, ImageCms, ImageDraw

random = np.random.default_rng(21)


def page(width, height):
    """Lines of dark words on white, and a coloured figure."""
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    for y in range(height // 12, height, max(5, height // 25)):
        x = width // 10
        while x < width * 9 // 10:
            length = int(random.integers(2, max(3, width // 10) + 1))
            draw.rectangle([x, y, x + length, y + height // 80], fill=tuple(int(v) for v in random.integers(0, 130, 3)))
            x += length + 2 + width // 70
    draw.ellipse([width // 2, height // 2, width * 4 // 5, height * 3 // 4], fill=(200, 60, 40), outline=(0, 0, 90))
    return image


def wide_profile():
    """An ICC profile with the primaries of Adobe RGB: a decoder that converts by it gives other colours than Pillow."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    primaries = {b"rXYZ": (0.60974, 0.31111, 0.01947), b"gXYZ": (0.20528, 0.62567, 0.06087), b"bXYZ": (0.14919, 0.06322, 0.74457)}
    for at in range(132, 132 + 12 * struct.unpack(">I", profile[128:132])[0], 12):
        name, offset, _ = struct.unpack(">4sII", profile[at : at + 12])
        if name in primaries:
            profile[offset + 8 : offset + 20] = struct.pack(">3i", *(round(value * 65536) for value in primaries[name]))
    return bytes(profile)


def with_alpha(image):
    image = image.convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    return image


def oriented(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def save_pictures(folder):
    base = page(161, 228)
    grey = base.convert("L")
    # sizes: pages, slides, panoramas, tall strips, single pixels, and both orders of Pillow 13's passes
    sizes = [(161, 228), (228, 161), (200, 200), (640, 90), (90, 640), (37, 23), (1, 1), (1, 9), (9, 1), (2, 3), (300, 257),
             (256, 256), (255, 257), (512, 64), (64, 512), (130, 533), (448, 448), (449, 447), (331, 468), (1000, 31), (31, 1000),
             (127, 128), (129, 1), (63, 65), (700, 9), (1, 300)]
    for width, height in sizes:
        page(width, height).save(folder / f"size-{width}x{height}.png")
    grey.save(folder / "grey.png")
    base.quantize(40).save(folder / "palette.png")
    with_alpha(base).quantize(60).save(folder / "palette-alpha.png")
    base.convert("1").save(folder / "bits.png")
    with_alpha(base).save(folder / "alpha.png")
    base.convert("LA").save(folder / "grey-alpha.png")
    Image.fromarray(np.asarray(grey).astype(np.uint16) * 257).save(folder / "wide-grey.png")
    Image.fromarray((np.asarray(grey) // 2).astype(np.uint16)).save(folder / "wide-grey-dark.png")
    for orientation in range(1, 9):
        base.save(folder / f"orientation-{orientation}.jpg", quality=90, exif=oriented(orientation))
    base.save(folder / "exif-in-png.png", exif=oriented(6))
    base.save(folder / "profile.jpg", quality=92, icc_profile=wide_profile())
    base.save(folder / "profile.png", icc_profile=wide_profile())
    base.save(folder / "profile-and-exif.jpg", quality=92, icc_profile=wide_profile(), exif=oriented(3))
    base.convert("CMYK").save(folder / "cmyk.jpg", quality=90)
    base.convert("CMYK").save(folder / "cmyk.tiff")
    grey.save(folder / "grey.jpg", quality=85)
    base.save(folder / "progressive.jpg", quality=80, progressive=True)
    for name, subsampling in (("444", 0), ("422", 1), ("420", 2)):
        base.save(folder / f"subsampling-{name}.jpg", quality=75, subsampling=subsampling)
    base.save(folder / "lossy.webp", quality=80)
    base.save(folder / "lossless.webp", lossless=True)
    with_alpha(base).save(folder / "alpha.webp", lossless=True)
    base.save(folder / "still.gif")
    base.save(folder / "moving.gif", save_all=True, append_images=[page(161, 228), page(161, 228)], duration=100)
    base.save(folder / "plain.tiff")
    base.save(folder / "packed.tiff", compression="tiff_lzw")


def describe(folder, out):
    pictures = []
    for path in sorted(folder.iterdir()):
        with Image.open(path) as image:
            pixels = np.ascontiguousarray(np.asarray(image if image.mode == "RGB" else image.convert("RGB")))
            pictures.append({"file": path.name, "mode": image.mode, "width": image.width, "height": image.height, "hash": hashlib.sha256(pixels.tobytes()).hexdigest()[:16]})
    (out / "pictures.json").write_text(json.dumps(pictures))
    print(f"{len(pictures)} pictures")


def save_resizes(out):
    """500 random sizes by the two filters that models use and the three others, of noise, smooth colours and pages."""
    cases, parts = [], []
    for i in range(500):
        width, height, new_width, new_height = (int(n) for n in random.integers(1, 260, 4))
        if i % 12 == 0:
            new_width = width
        if i % 12 == 1:
            new_height = height
        if i % 3 == 0:
            pixels = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
        elif i % 3 == 1:
            small = random.integers(0, 256, (1 + height // 9, 1 + width // 9, 3), dtype=np.uint8)
            pixels = np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BILINEAR))
        else:
            pixels = np.asarray(page(width, height))
        filter = (1, 3, 1, 3, 1, 3, 1, 3, 2, 4, 5)[i % 11]
        resized = np.asarray(Image.fromarray(pixels).resize((new_width, new_height), Image.Resampling(filter)))
        parts += [np.ascontiguousarray(pixels).tobytes(), np.ascontiguousarray(resized).tobytes()]
        cases.append([filter, width, height, new_width, new_height])
    (out / "resizes.json").write_text(json.dumps({"pillow": PIL.__version__, "cases": cases}))
    (out / "resizes.bin").write_bytes(b"".join(parts))
    print(f"{len(cases)} resizes, Pillow {PIL.__version__}")


if __name__ == "__main__":
    out = Path(sys.argv[1])
    (out / "files").mkdir(parents=True, exist_ok=True)
    save_pictures(out / "files")
    describe(out / "files", out)
    save_resizes(out)
