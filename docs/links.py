"""links.py FOLDER: every link between the pages of a manual leads to a page, and to a place on it; nothing is fetched from elsewhere."""
import glob
import html.parser
import os
import sys
import urllib.parse

FETCHED = ("img", "script", "link", "source", "iframe")


class Page(html.parser.HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.ids, self.links = set(), []
        with open(path, encoding="utf-8") as f:
            self.feed(f.read())

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name == "id" or (tag == "a" and name == "name"):
                self.ids.add(value)
            elif name in ("href", "src"):
                self.links.append((tag, value))


def main():
    folder = sys.argv[1]
    pages = {os.path.basename(p): Page(p) for p in glob.glob(os.path.join(folder, "*.html"))}
    dead, count = [], 0
    for name, page in sorted(pages.items()):
        for tag, link in page.links:
            parts = urllib.parse.urlsplit(link)
            count += 1
            if parts.scheme or parts.netloc:
                if tag in FETCHED and parts.scheme != "data":
                    dead.append(f"{name}: fetches {link}")
                continue
            file = urllib.parse.unquote(parts.path) or name
            if not os.path.exists(os.path.join(folder, file)):
                dead.append(f"{name}: {link}: there is no such file")
            elif parts.fragment and file in pages and parts.fragment not in pages[file].ids:
                dead.append(f"{name}: {link}: there is no such place")
    print("\n".join(dead + [f"{len(pages)} pages, {count} links, {len(dead)} dead"]))
    return bool(dead)


sys.exit(main())
