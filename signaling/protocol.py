"""Writes the TypeScript types of the wire from `signaling/messages.py`, by its JSON Schema.

`python -m signaling.protocol --write` writes them; `--check` fails when they have drifted.
A field with a default may be absent on the wire, so it is optional in TypeScript.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import msgspec

from signaling import messages

TARGET = Path(__file__).resolve().parents[1] / "web/src/client/protocol.gen.ts"

_HEADER = """\
// Generated from signaling/messages.py by `make protocol`. Do not edit.
"""


def _name(ref: str) -> str:
    return ref.rsplit("/", 1)[-1]


def _type(schema: dict[str, Any]) -> str:
    match schema:
        case {"$ref": ref}:
            return _name(ref)
        case {"enum": values}:
            return " | ".join(f'"{value}"' for value in values)
        case {"anyOf": options}:
            return " | ".join(_type(option) for option in options)
        case {"type": "array", "prefixItems": items}:
            return f"[{', '.join(_type(item) for item in items)}]"
        case {"type": "array", "items": item}:
            inner = _type(item)
            return f"({inner})[]" if " | " in inner else f"{inner}[]"
        case {"type": "object", "additionalProperties": values}:
            return f"Record<string, {_type(values)}>"
        case {"type": ("string" | "boolean" | "null") as plain}:
            return str(plain)
        case {"type": "integer" | "number"}:
            return "number"
    raise ValueError(f"no TypeScript for {schema}")


def _interface(name: str, schema: dict[str, Any]) -> str:
    required = set(schema.get("required", ()))
    lines = []
    if description := schema.get("description"):
        body = "\n".join(f" * {line}".rstrip() for line in description.strip().splitlines())
        lines.append(f"/**\n{body}\n */")
    lines.append(f"export interface {name} {{")
    for field, field_schema in schema["properties"].items():
        optional = "" if field in required else "?"
        lines.append(f"  {field}{optional}: {_type(field_schema)};")
    lines.append("}")
    return "\n".join(lines)


def _union(name: str, schema: dict[str, Any]) -> str:
    return f"export type {name} =\n  | " + "\n  | ".join(_type(schema).split(" | ")) + ";"


def render() -> str:
    """Return the TypeScript module."""
    roots = {"ClientFrame": messages.ClientFrame, "ServerFrame": messages.ServerFrame}
    schemas, components = msgspec.json.schema_components(roots.values())
    parts = [_HEADER]
    parts += [_interface(name, components[name]) for name in sorted(components)]
    for root, schema in zip(roots, schemas, strict=True):
        parts.append(_union(root, schema))
    parts.append(_union("EventBody", components["TimelineEvent"]["properties"]["event"]))
    for name in ("PROTOCOL_VERSION", "MAX_FRAME", "MAX_TEXT", "MAX_FILES"):
        parts.append(f"export const {name} = {getattr(messages, name)};")
    closes = {n: v for n, v in vars(messages).items() if n.startswith("CLOSE_")}
    parts += [f"export const {name} = {value};" for name, value in closes.items()]
    return "\n\n".join(parts) + "\n"


def main(argv: list[str] | None = None) -> int:
    """Write or check the generated file; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--write", action="store_true", help="write the file")
    group.add_argument("--check", action="store_true", help="fail if it has drifted")
    wanted = render()
    if parser.parse_args(argv).write:
        TARGET.parent.mkdir(parents=True, exist_ok=True)
        TARGET.write_text(wanted, encoding="utf-8")
        return 0
    if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == wanted:
        return 0
    sys.stderr.write(f"{TARGET.name} does not match signaling/messages.py: run `make protocol`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
