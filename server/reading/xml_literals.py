"""The text of an XML literal: exclusive canonical XML with comments (pure).

RDF 1.1 XML Syntax, section 7.2.17, and Exclusive XML Canonicalization 1.0: a literal declares the
namespaces that it uses and no others, so it stays well-formed wherever it is taken.
"""

XML = "http://www.w3.org/XML/1998/namespace"


def split_name(name: str) -> tuple[str, str, str]:
    """Namespace, local name and prefix of a name as expat writes it, by newlines."""
    parts = name.split("\n")
    if len(parts) == 1:
        return "", parts[0], ""
    return parts[0], parts[1], parts[2] if len(parts) > 2 else ""


def _escape(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("\r", "&#xD;")


def _escape_attribute(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return text.replace("\t", "&#x9;").replace("\n", "&#xA;").replace("\r", "&#xD;")


class LiteralWriter:
    """Takes the events inside an XML literal and gives its text."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._names: list[str] = []
        self._declared: list[dict[str, str]] = [{"": ""}]

    def start(self, name: str, attributes: list[str]) -> None:
        """An element with its attributes, as expat gives them: names and values in turn."""
        namespace, local, prefix = split_name(name)
        known = self._declared[-1]
        used = {prefix: namespace}
        listed: list[tuple[str, str, str]] = []
        for at in range(0, len(attributes), 2):
            key_namespace, key_local, key_prefix = split_name(attributes[at])
            if key_namespace == XML:
                key_prefix = "xml"
            elif key_prefix:
                used[key_prefix] = key_namespace
            written = f"{key_prefix}:{key_local}" if key_prefix else key_local
            value = _escape_attribute(attributes[at + 1])
            listed.append((key_namespace, key_local, f' {written}="{value}"'))
        if namespace == XML:
            used.pop(prefix)
        new = {key: value for key, value in used.items() if known.get(key) != value}
        self._declared.append({**known, **new})
        written = f"{prefix}:{local}" if prefix else local
        self._names.append(written)
        declared = "".join(
            f' xmlns{":" if key else ""}{key}="{_escape_attribute(value)}"'
            for key, value in sorted(new.items())
        )
        self._parts.append(f"<{written}{declared}{''.join(each[2] for each in sorted(listed))}>")

    def end(self) -> None:
        """The end of the innermost element."""
        self._declared.pop()
        self._parts.append(f"</{self._names.pop()}>")

    def add_text(self, text: str) -> None:
        """Characters, whether they stood in CDATA or not."""
        self._parts.append(_escape(text))

    def add_comment(self, text: str) -> None:
        """A comment."""
        self._parts.append(f"<!--{text}-->")

    def add_instruction(self, target: str, data: str) -> None:
        """A processing instruction."""
        self._parts.append(f"<?{target}{' ' if data else ''}{data}?>")

    def finish(self) -> str:
        """The whole text."""
        return "".join(self._parts)
