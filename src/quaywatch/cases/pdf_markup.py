"""The dossier's page as Typst: the same elements in the same order, so that the two cannot drift.

There is one template, and it makes the page; the sheet is read off the page. What a reader of the
page folds out is printed in full; what only a screen needs (the skip link, the row of contents) is
left out.
"""

import base64
import re
import textwrap
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

from quaywatch.cases.letters import legible

_VOID = {"img", "br", "meta", "hr"}
_DROPPED = {"nav", "style", "title", "head"}
_DROPPED_CLASSES = {"skip", "swipe", "watermark", "screen"}
_BLOCKS = {
    "section", "article", "aside", "main", "header", "footer", "div", "p", "h1", "h2", "h3", "h4",
    "h5", "ul", "ol", "dl", "table", "figure", "figcaption", "blockquote", "pre", "details",
    "summary", "dt", "dd", "li", "caption", "img",
}  # fmt: skip


@dataclass(slots=True)
class Node:
    """One element of the page."""

    tag: str
    attrs: Mapping[str, str] = field(default_factory=dict)
    children: list["Node | str"] = field(default_factory=list)

    @property
    def classes(self) -> set[str]:
        """Its classes."""
        return set(self.attrs.get("class", "").split())

    def all(self, *tags: str) -> Iterator["Node"]:
        """Elements below it of these kinds, in order."""
        for child in self.children:
            if isinstance(child, Node):
                if child.tag in tags:
                    yield child
                yield from child.all(*tags)

    def first(self, *tags: str) -> "Node | None":
        """The first of these, or None."""
        return next(self.all(*tags), None)

    def text(self) -> str:
        """Its words."""
        parts = [c if isinstance(c, str) else c.text() for c in self.children]
        return " ".join("".join(parts).split())


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("root")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(node)
        if tag not in _VOID:
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if any(node.tag == tag for node in self._open[1:]):
            while self._open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def tree_of(html: str) -> Node:
    """The page as a tree."""
    reader = _Tree()
    reader.feed(html)
    reader.close()
    return reader.root


def quoted(text: str) -> str:
    r"""A string of Typst.

    Examples:
        >>> print(quoted('a "b" \\ c'))
        "a \"b\" \\ c"

    """
    safe = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + safe.replace("\n", " ").replace("\r", " ").replace("\t", " ") + '"'


@dataclass(slots=True)
class Markup:
    """Turns a page's tree into Typst code; pictures are handed out by name."""

    drawn: Container[int]
    """Code points that the fonts have."""
    keep_picture: Callable[[str], str]
    """Data URI → file name in the sheet's folder."""
    places: set[str] = field(default_factory=set)
    """Ids on the page that a link may lead to."""
    _placed: set[str] = field(default_factory=set)

    def sheet(self, root: Node) -> str:
        """Typst code of the whole body."""
        body = root.first("body") or root
        self.places = {node.attrs["id"] for node in _every(body) if "id" in node.attrs}
        return self._joined(body)

    def _joined(self, node: Node) -> str:
        """A block of code that joins what the children come to."""
        return "{" + "; ".join(self._parts(node)) + "}"

    def _parts(self, node: Node) -> list[str]:
        """The children; loose text between blocks is a paragraph."""
        blocks = any(isinstance(c, Node) and c.tag in _BLOCKS for c in node.children)
        parts, run = [], []
        for child in node.children:
            inline = isinstance(child, str) or child.tag not in _BLOCKS
            code = self._text(child) if isinstance(child, str) else self._node(child)
            if not code:
                continue
            if inline and blocks:
                run.append(code)
                continue
            if run:
                parts.append(_paragraph(run))
                run = []
            parts.append(code)
        if run:
            parts.append(_paragraph(run))
        return parts

    def _text(self, text: str) -> str:
        if not text:
            return ""
        flat = " ".join(text.split())
        if not flat:
            return '" "' if text[:1].isspace() else ""
        flat = (" " if text[0].isspace() else "") + flat + (" " if text[-1].isspace() else "")
        return quoted(_breakable(legible(flat, self.drawn)))

    def _node(self, node: Node) -> str:
        if node.tag in _DROPPED or node.classes & _DROPPED_CLASSES:
            return ""
        made = getattr(self, f"_{node.tag}", None)
        if made is not None:
            code = str(made(node))
        elif node.tag in {"section", "article", "aside", "div", "header", "main"}:
            code = self._section(node)
        else:
            code = self._joined(node)
        return self._place(node) + code

    def _place(self, node: Node) -> str:
        name = node.attrs.get("id", "")
        if not name or name in self._placed or node.tag == "tr":
            return ""
        self._placed.add(name)
        return f"place-here({quoted(name)}); "

    def _section(self, node: Node) -> str:
        if node.tag == "header" and (title := node.first("h4")) is not None:
            return self._check_head(node, title)
        inner = self._joined(node)
        for name in ("answer", "refute", "simulated", "key", "lead", "group"):
            if name in node.classes:
                many = "size: 8pt, " if "many" in node.classes else ""
                return f"{name}-box({many}{inner})"
        if "check" in node.classes:
            basis = next(iter(node.classes & {"observed", "inferred", "reported"}), "inferred")
            return f"check-box({quoted(basis)}, {inner})"
        if "finding" in node.classes:
            return f"finding({inner})"
        return inner

    def _check_head(self, node: Node, title: Node) -> str:
        """Register, name and subject of a check on one line."""
        badge, about = node.first("span"), node.first("p")
        parts = [
            self._node(badge) if badge else "[]",
            self._place(title) + self._heading(title),
            self._joined(about) if about else "[]",
        ]
        return "check-head(" + ", ".join("{" + part + "}" for part in parts) + ")"

    def _heading(self, node: Node) -> str:
        level = int(node.tag[1])
        return f"heading(level: {level}, {self._joined(node)})"

    _h1 = _h2 = _h3 = _h4 = _h5 = _heading

    def _p(self, node: Node) -> str:
        inner = self._joined(node)
        if inner == "{}":
            return ""
        kinds = {
            "kicker", "question", "dateline", "statement", "legal", "note", "about", "inputs",
            "verdict", "likelihood", "confidence", "refutes", "short", "why", "brief", "figures",
        }  # fmt: skip
        for name in sorted(node.classes & kinds):
            return f"p-{name}({inner})"
        return f"par({inner})"

    def _span(self, node: Node) -> str:
        inner = self._joined(node)
        if "register" in node.classes:
            basis = next(iter(node.classes & {"observed", "inferred", "reported"}), "inferred")
            return f"register({quoted(basis)}, {inner})"
        if "id" in node.classes:
            return f"ident({inner})"
        if "figs" in node.classes:
            return f"figs({inner})"
        if node.classes & {"unit", "credit", "field", "media", "between"}:
            return f"muted({inner})"
        if "best" in node.classes:
            return f"best({inner})"
        return inner

    def _a(self, node: Node) -> str:
        inner, href = self._joined(node), node.attrs.get("href", "")
        if "id" in node.classes:
            inner = f"ident({inner})"
        if "to" in node.classes:
            inner = f"number({inner})"
        if href.startswith("#") and href[1:] in self.places:
            return f"link(label({quoted(href[1:])}), {inner})"
        if href.startswith(("https://", "http://")):
            return f"link({quoted(href)}, {inner})"
        return inner

    def _strong(self, node: Node) -> str:
        return f"strong({self._joined(node)})"

    def _em(self, node: Node) -> str:
        return f"emph({self._joined(node)})"

    def _q(self, node: Node) -> str:
        return '{"“"; emph(' + self._joined(node) + '); "”"}'

    def _code(self, node: Node) -> str:
        return f"mono({self._joined(node)})"

    def _pre(self, node: Node) -> str:
        return f"command({quoted(node.text())})"

    def _br(self, node: Node) -> str:
        del node
        return "linebreak()"

    def _list(self, node: Node) -> str:
        items = [c for c in node.children if isinstance(c, Node) and c.tag == "li"]
        inner = ", ".join(self._joined(item) for item in items)
        kind = "list" if node.tag == "ul" else "enum"
        return f"{kind}({inner})" if items else ""

    _ul = _ol = _list

    def _dl(self, node: Node) -> str:
        pairs = [c for c in node.children if isinstance(c, Node) and c.tag == "div"]
        cells = []
        for pair in pairs:
            term, told = pair.first("dt"), pair.first("dd")
            one = self._joined(term) if term else "{}"
            other = self._joined(told) if told else "{}"
            cells.append(f"({one}, {other})")
        shape = "inline" if "inline" in node.classes else "wide"
        shape = "trio" if "trio" in node.classes else shape
        return f"pairs-{shape}(({', '.join(cells)},))" if cells else ""

    def _blockquote(self, node: Node) -> str:
        said, told = node.first("p"), node.first("footer")
        return (
            f"said({self._joined(said) if said else '{}'}, {self._joined(told) if told else '{}'})"
        )

    def _details(self, node: Node) -> str:
        """A folded part is printed whole; its summary only where it says more than it folds."""
        whole = node.first("code")
        return f"muted({self._joined(whole)})" if whole else self._joined(node)

    def _figure(self, node: Node) -> str:
        return f"figure-box({self._joined(node)})"

    def _figcaption(self, node: Node) -> str:
        return f"caption-text({self._joined(node)})"

    def _img(self, node: Node) -> str:
        name = self.keep_picture(node.attrs.get("src", ""))
        alt = legible(node.attrs.get("alt", ""), self.drawn)
        kind = "drawing"
        if "data-object" in node.attrs or node.attrs.get("data-figure", "").startswith("plate-"):
            kind = "coarse-plate" if "coarse" in node.classes else "plate"
        wide = f", {_points_wide(node.attrs['src']):.0f}pt" if kind == "plate" else ""
        return f"{kind}({quoted(name)}, {quoted(alt)}{wide})"

    def _table(self, node: Node) -> str:
        rows = list(node.all("tr"))
        if not rows:
            return ""
        columns = max(len(_cells(row)) for row in rows)
        head = node.first("thead")
        heads = list(head.all("tr")) if head else []
        caption = node.first("caption")
        said = self._joined(caption) if caption else "none"
        top = [self._cell(c, row) for row in heads for c in _cells(row)]
        below = [
            self._cell(c, row)
            for row in rows
            if row not in heads
            for c in (*_cells(row), *[None] * (columns - len(_cells(row))))
        ]
        shape = next(iter(sorted(node.classes & _SHAPES)), "plain")
        return (
            f"data-table({quoted(shape)}, {columns}, {said}, ({''.join(c + ', ' for c in top)}), "
            f"({''.join(c + ', ' for c in below)}))"
        )

    def _cell(self, node: Node | None, row: Node) -> str:
        if node is None:
            return "[]"
        inner = self._joined(node)
        name = row.attrs.get("id", "")
        if name and name not in self._placed:
            self._placed.add(name)
            inner = "{" + f"place-here({quoted(name)}); " + inner[1:]
        align = "right" if "num" in node.classes else "left"
        if node.tag == "th" and node.attrs.get("scope") == "row":
            inner = f"row-head({inner})"
        return f"table.cell(align: {align} + top, {inner})"


PLATE_DPI = 132
"""Lettered plates are printed at this, so that their words are as large as those around them."""


def _points_wide(uri: str) -> float:
    """Width of a PNG in print, from the header of its data URI."""
    head = base64.b64decode(uri.partition(",")[2][:64])
    return int.from_bytes(head[16:20], "big") / PLATE_DPI * 72


_LONG_RUN = re.compile(r"[0-9A-Za-z:_-]{22,}")
_SHAPES = {
    "working",
    "rivals",
    "claims",
    "sources",
    "places",
    "narrow",
    "argument",
    "looks",
    "tensions",
    "exempt",
    "hulls",
    "priors",
    "explained",
    "series",
    "records",
}


def _breakable(text: str) -> str:
    """Long runs without a space may be broken: an id of 70 characters fits no column."""
    return _LONG_RUN.sub(lambda m: "\u200b".join(textwrap.wrap(m[0], 10)), text)


def _every(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        if isinstance(child, Node):
            yield from _every(child)


def _cells(row: Node) -> list[Node]:
    return [c for c in row.children if isinstance(c, Node) and c.tag in {"td", "th"}]


def _paragraph(run: list[str]) -> str:
    """A run of loose text; white space between blocks would be set as an empty line."""
    if all(part == '" "' for part in run):
        return "{}"
    return "par({" + "; ".join(run) + "})"
