"""JSON into texts: each value as it is written, or as the embedded engine prints it, before it is cast."""

from __future__ import annotations

from functools import partial

from pyspark.sql import types as t

from mesh_jobs.adapters.spark.nested import let, variable
from mesh_jobs.adapters.spark.types import name, spark_type, sql_type, text
from mesh_jobs.domain.table import ListType, MapType, StructType, Type

#: Stands before a number with a fraction or an exponent, which Jackson alone would round to a double.
_MARK = "\x01\x02\x01"
#: Stands before a text that is looked for among other values.
_TEXT_MARK, _ESCAPED_TEXT_MARK = "\x02", r"\\u0002"
#: The mark in a text of JSON, behind the quote.
_INSIDE = '"\\u0001\\u0002\\u0001'
_NUMBER = "-?[0-9][0-9.eE+-]*+"
_MARKED = rf'"\\u0001\\u0002\\u0001({_NUMBER})"'
#: A number with a fraction or an exponent, and all that is before it. Quantifiers are possessive, since Java would go
#: one frame deeper into its stack with each step.
_BEFORE = r'(?:[^"0-9-]++|"[^"\\]*+(?:\\.[^"\\]*+)*+"|-?[0-9]++(?![.eE]))*+'
_FRACTION = rf"\G({_BEFORE})(-?[0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?)"
_QUOTED = r'$1"\\u0001\\u0002\\u0001$2"'
_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
#: A value that ends by itself, directly before another one; and all that is before it.
_BEGINS = r"\s*+[^\s,:\]}]"
_NEXT_VALUE = rf'\G((?:[^"\]}}]++|(?:{_STRING}|[\]}}])(?!{_BEGINS}))*+(?:{_STRING}|[\]}}]))(?={_BEGINS})'
#: A text that is a value, and all that is before it; and one in a list that may hold a record.
_TEXT = rf'\G((?:[^"]++|{_STRING}(?=\s*+:))*+")([^"\\]*+(?:\\.[^"\\]*+)*+")'
_RECORD_IN_TEXT = r'[\[,]\s*+"(?: |\\[nrt]|\\u00(?:20|09|0[aAdD]))*+(?:\{|\\u007[bB])'
#: What begins as no text does, or is a value of another kind.
_NO_TEXT = r"\A(?:[\[{]|(?:-?[0-9][0-9.eE+-]*+|true|false)\z)"
#: Half of a pair that makes one character, without the other half (https://www.rfc-editor.org/rfc/rfc8259#section-8.2).
_IN_PAIRS = r"(?:[^\\]++|\\[^u]|\\u(?![dD][89a-fA-F])|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F])*+"
_HALVES = ("\\ud", "\\uD")
_START, _END = "\\A", "\\z"
_WHITE = " \t\r\n"
#: Java's defaults let more pass than JSON has.
_STRICT = {
    "mode": "PERMISSIVE",
    "columnNameOfCorruptRecord": "broken",
    "allowSingleQuotes": "false",
    "allowNonNumericNumbers": "false",
    # How long a record may be is looked at elsewhere.
    "maxStringLen": str(2**30),
}
_OWN = ("end", "broken")
_TEXTS = t.ArrayType(t.StringType())


def leaf_type(type_: Type) -> t.DataType:
    """The type's shape, with texts in the place of its primitives. Raises BadInput for a type that Spark has not."""
    if isinstance(type_, ListType):
        return t.ArrayType(leaf_type(type_.element))
    if isinstance(type_, MapType):
        return t.MapType(t.StringType(), leaf_type(type_.value))
    if isinstance(type_, StructType):
        return t.StructType([t.StructField(n, leaf_type(of)) for n, of in type_.fields])
    spark_type(type_)
    return t.StringType()


def parsed(json: str, type_: t.DataType) -> str:
    """SQL of a struct with the value `v` of a JSON text, in texts; see `is_whole`. A parser that stops at the end of a
    value does not see what comes behind it, hence a second member."""
    shape = sql_type(t.StructType([t.StructField("v", type_), *(t.StructField(n, t.StringType()) for n in _OWN)]))
    options = ", ".join(f"{text(k)}, {text(v)}" for k, v in _STRICT.items())
    return f"from_json({_inside(_marked(json))}, {text(shape)}, map({options}))"


def is_whole(found: str) -> str:
    """SQL that is true when a text was JSON of the shape asked for, and nothing else."""
    return f"coalesce({found}.broken IS NULL AND {found}.end = '1', false)"


def is_alone(json: str) -> str:
    """SQL that is true when nothing is behind a value which `parsed` takes: what is, as in `{"n":1},"x":2`, may have
    become members of what it was put into. An object whose first brace is its last is told without parsing."""
    plain = f"startswith({json}, '{{') AND locate('}}', {json}) = length({json})"
    keys = f"json_object_keys({_inside(json)}) = array('v', 'end')"
    return f"CASE WHEN {plain} THEN true ELSE coalesce({keys}, false) END"


def is_unicode(json: str) -> str:
    """SQL that is true when no character of a JSON text is half of one: Spark alone would make it a question mark."""
    escaped = f"(contains({json}, {text(_HALVES[0])}) OR contains({json}, {text(_HALVES[1])}))"
    return f"(NOT {escaped} OR {json} RLIKE {text(rf'{_START}{_IN_PAIRS}{_END}')})"


def repeats_key(json: str) -> str:
    """SQL that is true when an object, given as text, has a key twice: Spark alone would take the last, without a
    word."""
    return let(f"json_object_keys({json})", lambda keys: f"coalesce({_repeats(keys)}, false)")


def has_structs(type_: Type) -> bool:
    if isinstance(type_, ListType):
        return has_structs(type_.element)
    return isinstance(type_, StructType) or (isinstance(type_, MapType) and has_structs(type_.value))


def keyed_type(type_: Type) -> t.DataType:
    """The shape of a type that has structs, with maps of texts in their place: a map that Spark makes of JSON has a key
    as often as it is written."""
    if isinstance(type_, StructType):
        return t.MapType(t.StringType(), t.StringType())
    if isinstance(type_, ListType):
        return t.ArrayType(keyed_type(type_.element))
    return t.MapType(t.StringType(), keyed_type(_value_of(type_)))


def repeats_key_inside(value: str, type_: Type) -> str:
    """SQL that is true when a struct anywhere in a value of the type, which is in the shape `keyed_type`, has a key
    twice. The keys of maps are compared where they are cast."""
    if isinstance(type_, StructType):
        found = [_repeats(f"map_keys({value})")]
        for member_, of in type_.fields:
            if has_structs(of):
                inner = f"{parsed(f'element_at({value}, {text(member_)})', keyed_type(of))}.v"
                found.append(let(inner, partial(repeats_key_inside, type_=of)))
        return f"({' OR '.join(f'coalesce({x}, false)' for x in found)})"
    items, of = (value, type_.element) if isinstance(type_, ListType) else (f"map_values({value})", _value_of(type_))
    x = variable()
    return f"coalesce(exists({items}, {x} -> {repeats_key_inside(x, of)}), false)"


def _repeats(keys: str) -> str:
    return f"size(array_distinct({keys})) < size({keys})"


def _value_of(type_: Type) -> Type:
    assert isinstance(type_, MapType)
    return type_.value


def member(json: str, key: str) -> str:
    """SQL of a member of a JSON object, as JSON, null where it is null or not there; as the embedded engine keeps it,
    which has long numbers in quotes. In a list of one object, a path that looks into all of them gives texts in their
    quotes."""
    if "'" in key or "?" in key:
        return f"to_json({parsed(json, t.StructType([t.StructField(key, t.StringType())]))}.v.{name(key)})"
    path = f"$[*]['{key}']"
    found = f"get_json_object(concat('[', {json}, ']'), {text(path)})"
    marked = f"get_json_object(concat('[', {_marked(json)}, ']'), {text(path)})"

    def bare(x: str) -> str:
        return f"CASE WHEN {x} RLIKE '^-?[0-9.]{{17}}' THEN concat('\"', {x}, '\"') ELSE {_printed(x)} END"

    def written(x: str) -> str:
        return f"CASE WHEN {x} RLIKE '^-?[0-9]{{17,}}$' THEN concat('\"', {x}, '\"') ELSE {x} END"

    def told(x: str) -> str:
        number = let(_bare(x), bare)
        return f"CASE WHEN {x} RLIKE {text(_START + _MARKED + _END)} THEN {number} ELSE {let(found, written)} END"

    return let(marked, told)


def elements(json: str) -> str:
    """SQL of the values of a document as texts of JSON: those of an array, or values one after the other; null when it
    is neither. Between the end of a value and the beginning of the next, only a comma is missing to make an array; one
    that was missing inside of a value is no value more."""
    array = f"CASE WHEN startswith(ltrim({text(_WHITE)}, {json}), '[') THEN {_values(json)} END"

    def in_a_row(separated: str) -> str:
        commas = f"length({separated}) - length({json})"
        found = _values(f"concat('[', {separated}, ']')")
        return let(found, lambda x: f"CASE WHEN size({x}) IN (0, {commas} + 1) THEN {x} END")

    row = let(f"regexp_replace({json}, {text(_NEXT_VALUE)}, '$1,')", in_a_row)
    return f"CASE WHEN {is_unicode(json)} THEN coalesce({array}, {row}) END"


def _values(array: str) -> str:
    def told(json: str) -> str:
        found = parsed(json, _TEXTS)
        keys = is_alone(json)
        return let(found, lambda x: f"CASE WHEN {is_whole(x)} AND {keys} THEN {_written(json, f'{x}.v')} END")

    return let(array, told)


def _written(array: str, values: str) -> str:
    """The values of an array as JSON, in which a text is in quotes. Where there may be a record in one, all texts are
    looked for, since it is no record."""
    marked = f"regexp_replace({array}, {text(_TEXT)}, {text(f'$1{_ESCAPED_TEXT_MARK}$2')})"
    texts = f"CASE WHEN {array} RLIKE {text(_RECORD_IN_TEXT)} THEN {parsed(marked, _TEXTS)}.v END"
    x, i = variable(), variable()

    def told(texts_: str) -> str:
        quoted = let(f"to_json(array({x}))", lambda json: f"substr({json}, 2, length({json}) - 2)")
        return (
            f"transform({values}, ({x}, {i}) -> CASE WHEN startswith(get({texts_}, {i}), {text(_TEXT_MARK)}) "
            f"THEN {quoted} "
            f"WHEN {_is_marked(x)} THEN {_of_marked(x)} "
            f"WHEN NOT {x} RLIKE {text(_NO_TEXT)} THEN {quoted} "
            f"WHEN contains({x}, {text(_INSIDE)}) THEN {_bare(x)} ELSE coalesce({x}, 'null') END)"
        )

    return let(texts, told)


def leaf(value: str, target: Type) -> str:
    """SQL of a text out of JSON without the mark; a number as the embedded engine prints it where texts are asked for:
    15 digits as a double, longer ones as they are written."""
    number, plain = _of_marked(value), value
    if target == "string" or str(target).startswith("decimal"):
        long = f"{number} RLIKE '^-?[0-9.]{{17}}'"
        number = f"CASE WHEN {long} THEN {number} ELSE {_printed(number)} END"
        # Of an object or a list that is wanted as text.
        plain = f"CASE WHEN contains({value}, {text(_INSIDE)}) THEN {_unmarked(value)} ELSE {value} END"
    return f"CASE WHEN {_is_marked(value)} THEN {number} ELSE {plain} END"


def _is_marked(value: str) -> str:
    return f"(startswith({value}, {text(_MARK)}) AND {value} RLIKE {text(_START + _MARK + _NUMBER + _END)})"


def _of_marked(value: str) -> str:
    return f"substr({value}, {len(_MARK) + 1})"


def _unmarked(json: str) -> str:
    """JSON with its numbers bare again, and as Jackson prints them where it loses no digit."""
    bare = _bare(json)
    return f"CASE WHEN {bare} RLIKE '[0-9.]{{17}}' THEN {bare} ELSE get_json_object({bare}, '$') END"


def _inside(json: str) -> str:
    return f"concat('{{\"v\":', {json}, ',\"end\":1}}')"


def _bare(json: str) -> str:
    return f"regexp_replace({json}, {text(_MARKED)}, '$1')"


def _marked(json: str) -> str:
    """The text with such numbers in quotes, behind the mark."""
    quoted = f"regexp_replace({json}, {text(_FRACTION)}, {text(_QUOTED)})"
    return f"CASE WHEN {json} RLIKE '[0-9][.eE]' THEN {quoted} ELSE {json} END"


def _printed(number: str) -> str:
    """A number of at most 15 digits as JavaScript prints it, with a fraction if it has no exponent."""
    size = f"abs(CAST({number} AS DOUBLE))"
    exponential = f"regexp_replace(lower(CAST(CAST({number} AS DOUBLE) AS STRING)), {text(r'[.]0e')}, 'e')"
    plain = f"CAST(CAST({number} AS DECIMAL(38, 30)) AS STRING)"
    large = f"CAST(CAST({number} AS DECIMAL(38, 16)) AS STRING)"
    written = (
        f"CASE WHEN NOT contains(lower({number}), 'e') THEN {number} WHEN {size} < 1 THEN {plain} ELSE {large} END"
    )
    # Of the zeros at the end only the one behind the point stays.
    short = f"regexp_replace({written}, {text('^(-?[0-9]+[.][0-9]+?)0+$')}, '$1')"
    return (
        f"CASE WHEN {size} = double('infinity') THEN {number} WHEN {size} = 0 THEN {_zero(number)} "
        f"WHEN {size} < 1e-6 OR {size} >= 1e21 THEN {exponential} ELSE {short} END"
    )


def _zero(number: str) -> str:
    return f"CASE WHEN startswith({number}, '-') THEN '-0.0' ELSE '0.0' END"
