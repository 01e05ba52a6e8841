"""Types, and values of each: as Postgres writes them, and as the API does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class Name(str):
    """The name of an enum value: in a document without quotes."""

    __slots__ = ()


@dataclass(frozen=True)
class Kind:
    """A type and its values, `(text form, JSON)`. `equal`: whether a filter compares them; `unordered`: that
    is all."""

    type: str
    values: tuple[tuple[str, Any], ...]
    equal: bool = True
    unordered: bool = False

    @property
    def ordered(self) -> bool:
        """Whether rows are ordered by it."""
        return self.equal and not self.unordered

    @property
    def lists(self) -> int:
        """The dimensions of an array, as its declaration tells."""
        return self.type.count("[]")


def same(*texts: str) -> tuple[tuple[str, Any], ...]:
    """Values whose JSON is their text form."""
    return tuple((text, text) for text in texts)


def ranged(
    lower: Any, upper: Any, lower_inclusive: bool = True, upper_inclusive: bool = False, empty: bool = False
) -> dict[str, Any]:
    """A range as the API shows it."""
    return {
        "lower": lower,
        "upper": upper,
        "lowerInclusive": lower_inclusive,
        "upperInclusive": upper_inclusive,
        "empty": empty,
    }


EMPTY = ranged(None, None, False, False, True)
HOME = {"street": 'Long "Road", 1\\2', "number": 7, "since": "2024-02-29", "mood": Name("happy"), "tags": ["a", None]}
AWAY: dict[str, Any] = {"street": None, "number": None, "since": None, "mood": Name("extra_small"), "tags": []}

KINDS: dict[str, Kind] = {
    "int2": Kind("smallint", (("-32768", -32768), ("32767", 32767))),
    "int4": Kind("integer", (("-2147483648", -2147483648), ("2147483647", 2147483647))),
    "int8": Kind("bigint", same("-9223372036854775808", "9223372036854775807", "9007199254740993")),
    "numeric": Kind(
        "numeric", same("NaN", "Infinity", "-Infinity", "0.10", "-12345678901234567890123.0000000000000000001")
    ),
    "money": Kind("money", (("-92233720368547758.08", "-92233720368547758.08"), ("1234.50", "1234.50"))),
    "float4": Kind("real", (("0.1", 0.1), ("3.4028235e+38", 3.4028235e38), ("1e-45", 1e-45))),
    "float8": Kind(
        "double precision", (("0.1", 0.1), ("5e-324", 5e-324), ("1.7976931348623157e+308", 1.7976931348623157e308))
    ),
    "bool": Kind("boolean", (("t", True), ("f", False))),
    "text": Kind(
        "text",
        same(
            "", 'a "b" \\ c', "NULL", "line\nbreak", "\x01\x1f\x7f\u2028\u202e\ufeff", "e\u0301", "ünïcödé 🐘", "{1,2}"
        ),
    ),
    "varchar": Kind("varchar(20)", same("twenty", "  spaces  ")),
    "bpchar": Kind("char(5)", (("ab   ", "ab   "),)),
    "citext": Kind("citext", same("MiXed")),
    "name": Kind("name", same("pg_class")),
    "ichar": Kind('"char"', same("x", "\\377", "")),
    "uuid": Kind("uuid", same("00000000-0000-0000-0000-0000000000ff")),
    "bytea": Kind("bytea", (("\\x", ""), ("\\x00ff5c22", "AP9cIg=="))),
    "json": Kind("json", (('{"z":1,"a":[null,"x"]}', {"z": 1, "a": [None, "x"]}), ('"text"', "text")), unordered=True),
    "jsonb": Kind(
        "jsonb",
        (
            ('{"a": [1, 2.5, null, true, "x\\"y\\\\"]}', {"a": [1, 2.5, None, True, 'x"y\\']}),
            ('"text"', "text"),
            ("7", 7),
            ("[]", []),
            ("{}", {}),
            ("false", False),
        ),
    ),
    "date": Kind("date", same("2024-02-29", "infinity", "-infinity", "0044-03-15 BC", "5874897-12-31")),
    "time": Kind("time", same("23:59:59.999999", "24:00:00", "00:00:00")),
    "timetz": Kind("timetz", same("12:30:00.5+05:30", "00:00:00-12", "24:00:00-15:59:59")),
    "timestamp": Kind(
        "timestamp",
        (
            ("2024-02-29 12:00:00.000001", "2024-02-29T12:00:00.000001"),
            ("infinity", "infinity"),
            ("-infinity", "-infinity"),
            ("0044-03-15 12:00:00 BC", "0044-03-15T12:00:00 BC"),
            ("294276-12-31 23:59:59.999999", "294276-12-31T23:59:59.999999"),
        ),
    ),
    "timestamptz": Kind(
        "timestamptz",
        (
            ("2024-02-29 12:00:00.000001+00", "2024-02-29T12:00:00.000001+00:00"),
            ("infinity", "infinity"),
            ("-infinity", "-infinity"),
            ("0044-03-15 12:00:00+00 BC", "0044-03-15T12:00:00+00:00 BC"),
        ),
    ),
    "span": Kind(
        "interval",
        same("P1Y2M3DT4H5M6.000007S", "P-1Y2DT-3H", "PT0S", "P-178000000Y", "P10M3DT-4H", "PT-0.5S", "PT2562047788H"),
    ),
    "inet": Kind("inet", (("192.168.0.1/24", "192.168.0.1/24"), ("::1", "::1"), ("10.0.0.1", "10.0.0.1"))),
    "cidr": Kind("cidr", same("192.168.0.0/24", "2001:db8::/32")),
    "macaddr": Kind("macaddr", same("08:00:2b:01:02:03")),
    "macaddr8": Kind("macaddr8", same("08:00:2b:01:02:03:04:05")),
    "bit": Kind("bit(4)", same("1010")),
    "varbit": Kind("varbit", same("", "10100")),
    "tsvector": Kind("tsvector", same("'a':1A 'cat':2 'it''s':3B"), equal=False),
    "tsquery": Kind("tsquery", same("'fat' & ( 'rat' | !'cat':*A )")),
    "point": Kind("point", same("(1.5,-0.25)", "(Infinity,NaN)"), equal=False),
    "line": Kind("line", same("{1,-1,0.5}"), equal=False),
    "lseg": Kind("lseg", same("[(0,0),(1,2.5)]"), equal=False),
    "box": Kind("box", same("(2,2),(0,0)"), equal=False),
    "path": Kind("path", same("((0,0),(1,1),(2,0))", "[(0,0),(1,1)]"), equal=False),
    "polygon": Kind("polygon", same("((0,0),(1,1),(2,0))"), equal=False),
    "circle": Kind("circle", same("<(1,2),3.5>"), equal=False),
    "lsn": Kind("pg_lsn", same("16/B374D848")),
    "oid": Kind("oid", same("4294967295")),
    "regclass": Kind("regclass", same("pg_class"), unordered=True),
    "regtype": Kind("regtype", same("integer"), unordered=True),
    "regproc": Kind("regproc", same("now"), unordered=True),
    "regrole": Kind("regrole", same("postgres"), unordered=True),
    "xid8": Kind("xid8", same("18446744073709551615")),
    "jsonpath": Kind("jsonpath", same('$."a"[*]?(@ > 1)'), equal=False),
    "xid": Kind("xid", same("77"), unordered=True),
    "tid": Kind("tid", same("(7,3)")),
    "snapshot": Kind("pg_snapshot", same("10:20:10,14,15"), equal=False),
    "txid_snapshot": Kind("txid_snapshot", same("10:20:10,14,15"), equal=False),
    "aclitem": Kind("aclitem", same("postgres=r/postgres"), unordered=True),
    "refcursor": Kind("refcursor", same("c 1"), equal=False),
    "oidvector": Kind("oidvector", same("1 22")),
    "int2vector": Kind("int2vector", same("1 2 3"), equal=False),
    "int4range": Kind(
        "int4range",
        (
            ("[1,5)", ranged(1, 5)),
            ("[1,)", ranged(1, None)),
            ("(,5)", ranged(None, 5, False)),
            ("(,)", ranged(None, None, False)),
            ("empty", EMPTY),
        ),
    ),
    "int8range": Kind("int8range", (("[1,9223372036854775807)", ranged("1", "9223372036854775807")),)),
    "numrange": Kind("numrange", (("(0.10,2.5]", ranged("0.10", "2.5", False, True)),)),
    "tsrange": Kind(
        "tsrange", (('["2024-01-01 00:00:00",infinity]', ranged("2024-01-01T00:00:00", "infinity", True, True)),)
    ),
    "tstzrange": Kind("tstzrange", (('["2024-01-01 00:00:00+00",)', ranged("2024-01-01T00:00:00+00:00", None)),)),
    "daterange": Kind("daterange", (("[2024-01-01,2024-02-01)", ranged("2024-01-01", "2024-02-01")),)),
    "text_range": Kind("kinds.text_range", (('["a ""b"", (c)","d,e\\\\")', ranged('a "b", (c)', "d,e\\")),)),
    "int4multirange": Kind("int4multirange", (("{}", []), ("{[1,3),[5,)}", [ranged(1, 3), ranged(5, None)]))),
    "text_multirange": Kind("kinds.text_multirange", (('{["a,b",c)}', [ranged("a,b", "c")]),)),
    "mood": Kind(
        "kinds.mood",
        (
            ("happy", Name("happy")),
            ("extra small", Name("extra_small")),
            ("extra-small", Name("extra_small_2")),
            ("1st", Name("_1st")),
            ("true", Name("_true")),
            ("<=", Name("LESS_THAN_SIGN_EQUALS_SIGN")),
            ("", Name("EMPTY")),
            ('it\'s "é"', Name("it_s_e")),
        ),
    ),
    "other_mood": Kind('elsewhere."Odd Mood"', (("A b", Name("A_b")), ("B", Name("B")))),
    "positive": Kind("kinds.positive", (("7", 7),)),
    "email": Kind("kinds.email", same("Ada@Example.org")),
    "few": Kind("kinds.few", (("{1,2}", [1, 2]),)),
    "home_domain": Kind(
        "kinds.home", (("(x,1,,,)", {"street": "x", "number": 1, "since": None, "mood": None, "tags": None}),)
    ),
    "address": Kind(
        "kinds.address",
        (
            ('("Long ""Road"", 1\\\\2",7,2024-02-29,happy,"{a,NULL}")', HOME),
            ('(,,,"extra small",{})', AWAY),
        ),
    ),
    "person": Kind(
        "elsewhere.person",
        (
            (
                '("Ada L.","(x,1,,,)","{""(\\\\""a,b\\\\"",2,,,\\\\""{c}\\\\"")"",NULL}","[1,2)","{1,2}",t)',
                {
                    "fullName": "Ada L.",
                    "home": {"street": "x", "number": 1, "since": None, "mood": None, "tags": None},
                    "places": [{"street": "a,b", "number": 2, "since": None, "mood": None, "tags": ["c"]}, None],
                    "ages": ranged(1, 2),
                    "numbers": ["1", "2"],
                    "live": True,
                },
            ),
        ),
    ),
    "hstore": Kind(
        "hstore",
        (('"a"=>"1", "b"=>NULL, "q\\"\\\\"=>"x, =>"', {"a": "1", "b": None, 'q"\\': "x, =>"}),),
        unordered=True,
    ),
    "ltree": Kind("ltree", same("Top.Science.Astronomy")),
    "vector": Kind("vector(3)", (("[1,-2.5,0.1]", [1, -2.5, 0.1]),)),
    "int4s": Kind("int[]", (("{1,NULL,3}", [1, None, 3]), ("{}", []))),
    "int4ss": Kind("int[][]", (("{{1,2},{3,NULL}}", [[1, 2], [3, None]]), ("{}", []))),
    "int8s": Kind("bigint[]", (("{9223372036854775807}", ["9223372036854775807"]),)),
    "numerics": Kind("numeric[]", (("{NaN,0.10}", ["NaN", "0.10"]),)),
    "moneys": Kind("money[]", (("{1.50,NULL}", ["1.50", None]),)),
    "bools": Kind("boolean[]", (("{t,NULL,f}", [True, None, False]),)),
    "texts": Kind("text[]", (('{"a \\"b\\"",NULL,"NULL","",x\\\\y}', ['a "b"', None, "NULL", "", "x\\y"]),)),
    "textsss": Kind("text[][][]", (('{{{a,b}},{{"c,d",NULL}}}', [[["a", "b"]], [["c,d", None]]]),)),
    "byteas": Kind("bytea[]", (('{"\\\\x00ff",NULL}', ["AP8=", None]), ("{}", []))),
    "byteass": Kind("bytea[][]", (('{{"\\\\x00ff",NULL}}', [["AP8=", None]]),)),
    "jsonbs": Kind("jsonb[]", (('{"{\\"a\\": 1}",NULL}', [{"a": 1}, None]),)),
    "dates": Kind("date[]", (("{2024-02-29,infinity}", ["2024-02-29", "infinity"]),)),
    "spans": Kind("interval[]", (("{P1D}", ["P1D"]),)),
    "uuids": Kind(
        "uuid[]", (("{00000000-0000-0000-0000-0000000000ff,NULL}", ["00000000-0000-0000-0000-0000000000ff", None]),)
    ),
    "moods": Kind("kinds.mood[]", (('{happy,"extra small",NULL}', [Name("happy"), Name("extra_small"), None]),)),
    "moodss": Kind("kinds.mood[][]", (('{{happy},{"1st"}}', [[Name("happy")], [Name("_1st")]]),)),
    "positives": Kind("kinds.positive[]", (("{1,2}", [1, 2]),)),
    "ranges": Kind("int4range[]", (('{"[1,2)",NULL,empty}', [ranged(1, 2), None, EMPTY]),)),
    "multiranges": Kind("int4multirange[]", (('{"{[1,2),[3,4)}","{}"}', [[ranged(1, 2), ranged(3, 4)], []]),)),
    "addresses": Kind(
        "kinds.address[]",
        (('{"(x,1,,,)",NULL}', [{"street": "x", "number": 1, "since": None, "mood": None, "tags": None}, None]),),
    ),
    "addressess": Kind(
        "kinds.address[][]",
        (('{{"(x,1,,,)"}}', [[{"street": "x", "number": 1, "since": None, "mood": None, "tags": None}]]),),
    ),
    "hstores": Kind("hstore[]", (('{"\\"a\\"=>\\"1\\""}', [{"a": "1"}]),)),
    "vectors": Kind("vector[]", (('{"[1,2]"}', [[1, 2]]),)),
    "ichars": Kind('"char"[]', (("{a,NULL}", ["a", None]),)),
    "lsns": Kind("pg_lsn[]", (("{0/1,NULL}", ["0/1", None]),)),
    "jsons": Kind("json[]", (('{"{\\"z\\":1}",NULL}', [{"z": 1}, None]),), equal=False),
    "multirangess": Kind("int4multirange[][]", (('{{"{[1,2)}",NULL}}', [[[ranged(1, 2)], None]]),)),
    "points": Kind("point[]", (('{"(1,2)"}', ["(1,2)"]),), equal=False),
}
"""The column `<key>` of the table `everything` holds one value a row; `text_of_<key>` tells how it arrived in SQL."""
