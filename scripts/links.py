#!/usr/bin/env python3
"""Checks that every relative link in the Markdown files leads to a file, and every anchor to a heading.

Also checks that docs/SUMMARY.md lists each page of the book.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def text_of(page):
    """A page without its code, where brackets are not links."""
    return re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(), flags=re.S)


def anchors(page):
    """The anchors that mdBook and GitHub give a page's headings."""
    headings = re.findall(r"^#+\s+(.+?)\s*$", page.read_text(), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page):
    """One sentence for each link of a page that leads nowhere."""
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        where = f"{page.relative_to(ROOT)}: {target}"
        if not file.exists():
            yield f"{where}: no such file"
        elif anchor and file.suffix == ".md" and anchor not in anchors(file):
            yield f"{where}: no such heading"


def unlisted_pages(pages):
    """One sentence for each page of the book that its table of contents leaves out."""
    book = ROOT / "docs"
    summary = book / "SUMMARY.md"
    listed = {(book / target).resolve() for target in re.findall(r"\]\(([^)#\s]+)\)", summary.read_text())}
    for page in pages:
        if page.is_relative_to(book) and page != summary and page not in listed:
            yield f"docs/SUMMARY.md does not list {page.relative_to(book)}"


def main():
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    names = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    pages = [ROOT / name for name in names if (ROOT / name).exists()]
    found = [sentence for page in pages for sentence in broken_links(page)] + list(unlisted_pages(pages))
    print(f"{len(pages)} pages")
    for sentence in found:
        print(f"error: {sentence}", file=sys.stderr)
    sys.exit(1 if found or not pages else 0)


if __name__ == "__main__":
    main()
