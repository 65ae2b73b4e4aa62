"""page.py REPORT N: the page is well-formed HTML that stands alone, with N pictures inside that another program can read and that are not blank."""
import base64
import html.parser
import io
import re
import sys

from PIL import Image

EMPTY = {"meta", "img", "br", "hr", "link", "input"}


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.pictures, self.text = [], [], ""

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            assert name not in ("src", "href", "srcset", "action") or value.startswith("data:"), f"{tag} fetches {value}"
        assert tag not in ("script", "link", "iframe"), tag
        if tag == "img":
            self.pictures.append(dict(attributes))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> closes another"

    def handle_data(self, data):
        self.text += data


text = open(sys.argv[1], encoding="utf-8").read()
page = Page()
page.feed(text)
page.close()
assert text.startswith("<!DOCTYPE html>") and not page.open, page.open
assert "url(" not in re.search("<style>(.*?)</style>", text, re.S)[1]
assert len(page.pictures) == int(sys.argv[2]), [p["alt"] for p in page.pictures]
for picture in page.pictures:
    kind, data = re.fullmatch(r"data:image/(png|gif);base64,(.*)", picture["src"]).groups()
    image = Image.open(io.BytesIO(base64.b64decode(data, validate=True)))
    image.load()
    assert picture["alt"] and image.format.lower() == kind
    colours = image.convert("RGB").getcolors(1 << 24)
    assert len(colours) > 30, f"{picture['alt']}: {len(colours)} colours"
