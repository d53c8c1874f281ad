"""Small made-up pictures: goods on a table, as a buyer photographs them; a chat, as a phone shows it."""

from __future__ import annotations

from io import BytesIO
from random import Random

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

SIZE = (480, 360)


def goods(random: Random, name: str, *, flawed: bool = True) -> ContentFile:
    """Something in one colour on a table, with a stain or a tear where it is flawed."""
    picture = Image.new("RGB", SIZE, _shade(random, 190, 235))
    draw = ImageDraw.Draw(picture)
    left, top = random.randint(60, 120), random.randint(40, 90)
    right, bottom = random.randint(330, 420), random.randint(270, 330)
    cloth = _shade(random, 60, 170)
    draw.rounded_rectangle((left, top, right, bottom), radius=26, fill=cloth, outline=(40, 40, 40), width=3)
    for fold in range(left + 24, right - 12, 34):
        draw.line(
            (fold, top + 14, fold + 10, bottom - 14), fill=tuple(max(0, part - 22) for part in cloth), width=4
        )
    if flawed:
        x, y = random.randint(left + 40, right - 60), random.randint(top + 30, bottom - 50)
        draw.ellipse((x, y, x + 46, y + 28), fill=(96, 58, 30))
        draw.ellipse((x - 14, y - 14, x + 60, y + 42), outline=(200, 30, 30), width=4)
    return _file(picture, name)


def chat(random: Random, name: str) -> ContentFile:
    """Bubbles left and right, as in a screenshot of a talk."""
    picture = Image.new("RGB", SIZE, (237, 237, 237))
    draw = ImageDraw.Draw(picture)
    y = 24
    for turn in range(6):
        width, height = random.randint(120, 270), random.choice((30, 46))
        x = 22 if turn % 2 == 0 else SIZE[0] - 22 - width
        fill = (255, 255, 255) if turn % 2 == 0 else (149, 217, 105)
        draw.rounded_rectangle((x, y, x + width, y + height), radius=8, fill=fill)
        for line in range(height // 16):
            draw.line(
                (x + 12, y + 12 + 15 * line, x + width - random.randint(14, 60), y + 12 + 15 * line),
                fill=(90, 90, 90),
                width=3,
            )
        y += height + 14
    return _file(picture, name)


def _shade(random: Random, least: int, most: int) -> tuple[int, int, int]:
    return random.randint(least, most), random.randint(least, most), random.randint(least, most)


def _file(picture: Image.Image, name: str) -> ContentFile:
    content = BytesIO()
    picture.save(content, "JPEG", quality=80)
    return ContentFile(content.getvalue(), name=name)
