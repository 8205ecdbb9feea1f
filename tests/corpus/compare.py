#!/usr/bin/env python3
"""Compares pages as moot-node draws them with those of mutool and pdfium.

compare.py MOOT_NODE FOLDER [NAME...]: converts each file of FOLDER/files that files.md names (or
those called NAME alone), and prints a row for each page: SSIM against mutool, against pdfium, and
between these two, in grey at half size (8 x 8 windows, Wang et al. 2004), so that what differs is
what is drawn and not how edges are smoothed. Pages below 0.95 are left beside one another as
pictures in FOLDER/low. The last lines are medians and counts. Needs numpy, pillow, pypdfium2.
"""

import statistics
import subprocess
import sys
from pathlib import Path

import numpy as np
import pypdfium2
from PIL import Image

# Pages compared of each file, spread evenly: a manual of 573 pages is much alike.
PAGES = 12
# Below this a page is looked at by people.
LOW = 0.95
# Longest a conversion may take, in seconds.
PATIENCE = 400


def rows(table):
    """Name, kind and password of each file of the table."""
    for line in table.read_text().splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) == 9 and cells[3].endswith((".deb", ".src")):
            yield cells[2], cells[1], cells[6]


def converted(program, file, password, out):
    """The pictures of the pages; the last words of the converter when there are none."""
    if not (out / "index.cbor").exists():
        done = subprocess.run([program, "convert", file, "--out", out], input=password + "\n",
                              capture_output=True, text=True, timeout=PATIENCE, check=False)
        (out / "said").write_text(done.stdout + done.stderr)
    return {int(page.stem[5:]): page for page in out.glob("page-*.webp")}


def grey(image):
    return np.asarray(image.convert("L"), dtype=np.float64)


def half(pixels):
    high, wide = (side // 2 * 2 for side in pixels.shape)
    return pixels[:high, :wide].reshape(high // 2, 2, wide // 2, 2).mean(axis=(1, 3))


def means(pixels, side=8):
    """Means over all windows of side x side pixels, by a table of sums."""
    sums = np.pad(pixels, ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    inner = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return inner / side**2


def ssim(one, other):
    high, wide = (min(sides) for sides in zip(one.shape, other.shape))
    a, b = half(one[:high, :wide]), half(other[:high, :wide])
    ma, mb = means(a), means(b)
    va, vb, ab = means(a * a) - ma * ma, means(b * b) - mb * mb, means(a * b) - ma * mb
    c, d = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return float((((2 * ma * mb + c) * (2 * ab + d)) / ((ma**2 + mb**2 + c) * (va + vb + d))).mean())


def by_mutool(pdf, number, password, size, scratch):
    target = scratch / "mutool.png"
    target.unlink(missing_ok=True)
    width, height = map(str, size)
    subprocess.run(["mutool", "draw", "-q", "-p", password, "-w", width, "-h", height, "-f",
                    "-o", target, pdf, str(number)], capture_output=True, check=False)
    return Image.open(target).convert("RGB") if target.exists() else None


def by_pdfium(pdf, number, size):
    page = pdf[number - 1]
    image = page.render(scale=size[0] / page.get_width(), may_draw_forms=True).to_pil()
    return image.convert("RGB").resize(size) if image.size != size else image.convert("RGB")


def compared(name, password, file, pages, folder):
    """Yields number, three SSIMs and the pictures of each page that is compared."""
    step = max(1, len(pages) // PAGES)
    pdfium = pypdfium2.PdfDocument(file, password=password or None)
    pdfium.init_forms()
    for number in sorted(pages)[::step][:PAGES]:
        ours = Image.open(pages[number]).convert("RGB")
        theirs = [by_mutool(file, number, password, ours.size, folder),
                  by_pdfium(pdfium, number, ours.size)]
        flat = [grey(image) if image else None for image in [ours, *theirs]]
        pairs = [(0, 1), (0, 2), (1, 2)]
        values = [ssim(flat[a], flat[b]) if flat[a] is not None and flat[b] is not None else None
                  for a, b in pairs]
        yield number, values, [image for image in [ours, *theirs] if image]


def beside(images, target):
    width = sum(image.width for image in images)
    sheet = Image.new("RGB", (width, max(image.height for image in images)), "white")
    left = 0
    for image in images:
        sheet.paste(image, (left, 0))
        left += image.width
    sheet.resize((sheet.width // 2, sheet.height // 2)).save(target)


def main():
    program, folder, only = sys.argv[1], Path(sys.argv[2]), sys.argv[3:]
    (folder / "low").mkdir(exist_ok=True)
    table, files, gone = [], 0, 0
    print("| file | page | mutool | pdfium | mutool-pdfium |\n|---|---|---|---|---|")
    for name, kind, password in rows(Path(__file__).with_name("files.md")):
        if only and name not in only:
            continue
        out = folder / "pages" / name
        out.mkdir(parents=True, exist_ok=True)
        file = folder / "files" / name
        pages = converted(program, file, password, out)
        if not pages:
            gone += 1
            print(f"| {name} | no page: {(out / 'said').read_text().strip()[-160:]} | | | |")
            continue
        files += 1
        drawn = file if kind.startswith("pdf") else out / "document.pdf"
        for number, values, images in compared(name, password, drawn, pages, folder):
            table.append(values)
            cells = " | ".join("-" if value is None else f"{value:.3f}" for value in values)
            print(f"| {name} | {number} | {cells} |", flush=True)
            if min(value for value in values[:2] if value is not None) < LOW:
                beside(images, folder / "low" / f"{name}-{number}.png")
    for place, what in enumerate(["against mutool", "against pdfium", "mutool against pdfium"]):
        column = [row[place] for row in table if row[place] is not None]
        low = sum(value < LOW for value in column)
        print(f"{what}: median {statistics.median(column):.4f}, least {min(column):.3f}, "
              f"{low} of {len(column)} pages below {LOW}")
    print(f"{files} files drawn, {gone} not")


main()
