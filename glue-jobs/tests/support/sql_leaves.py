"""What the random expressions of the portable SQL are made of: values at the edges of their types, and templates."""

from __future__ import annotations

#: By type, or by what they are for: those without a template below are not made of anything.
LEAVES = {
    "int": [
        "0", "1", "-1", "7", "2147483647", "cast(-2147483648 as int)", "-2147483648", "cast(null as int)", "31", "-366",
        "cast(32767 as smallint)", "cast(-128 as tinyint)",
    ],
    "short": ["cast(32767 as smallint)", "cast(-32768 as smallint)", "cast(5 as smallint)", "cast(null as smallint)"],
    "byte": ["cast(127 as tinyint)", "cast(-128 as tinyint)", "cast(-3 as tinyint)", "cast(null as tinyint)"],
    "long": [
        "0L", "1L", "-5L", "9223372036854775807L", "cast(null as bigint)", "4000000000", "-86400L", "-2147483649",
        "cast('-9223372036854775808' as bigint)", "9007199254740993L",
    ],
    "double": [
        "0D", "-0.0D", "1.5D", "-2.5D", "1e10", "0.1D", "1e-5", "1.005D", "cast(null as double)",
        "cast('NaN' as double)", "cast('Infinity' as double)", "cast('-Infinity' as double)", "123456.789D", "1e300",
        "cast(1.1 as float)", "cast(16777216 as float)", "0.5D", "-1e-320", "2147483647.5D",
    ],
    "float": [
        "cast(1.1 as float)", "cast(16777217 as float)", "cast('NaN' as float)", "cast('-Infinity' as float)",
        "cast(null as float)", "cast(-0.5 as float)", "cast('3.4e38' as float)", "cast(1e-40 as float)",
    ],
    "decimal": [
        "0.00", "1.50", "-2.25", "99999999.99", "cast(null as decimal(10,2))",
        "cast('12345678901234.5678' as decimal(18,4))", "0.005", "-0.5", "cast(3 as decimal(5,1))",
        "cast('-99999999999999999999.99' as decimal(22,2))", "2.5", "1e2BD",
    ],
    "cents": [
        "cast(1.25 as decimal(10,2))", "cast(-99999999.99 as decimal(10,2))", "cast(null as decimal(10,2))",
        "cast(0 as decimal(10,2))", "cast(94.99 as decimal(10,2))", "cast(-0.05 as decimal(10,2))",
    ],
    "string": [
        "''", "'a'", "'Abc'", "' x '", "'é'", "'straße'", "'😀b'", "'a,b,,c'", "'10'", "'-1.5'", "'2024-02-29'",
        "'%_\\\\'", "cast(null as string)", "'NaN'", "'true'", "'a\\tb'", "'it\\'s'", "'a.b|c'", "'x1y22'",
        "'\\na\\r\\n'", "'e\\u0301'", "'axxa xx'",
    ],
    "boolean": ["true", "false", "cast(null as boolean)"],
    "date": [
        "date '2024-02-29'", "date '1970-01-01'", "date '1969-12-31'", "date '2023-12-31'", "date '0500-01-01'",
        "date '9500-12-31'", "cast(null as date)", "date '2021-01-03'", "date '2024-03-31'", "date '1600-02-29'",
        "date '0101-01-01'", "date '1582-10-15'",
    ],
    "timestamp": [
        "timestamp_ntz '2024-02-29 23:59:59.999999'", "timestamp_ntz '1969-12-31 23:59:59.5'",
        "timestamp_ntz '2024-03-31 02:30:00'", "cast(null as timestamp_ntz)", "timestamp_ntz '1900-01-01 00:00:00'",
        "timestamp_ntz '0101-01-01 00:00:00.000001'", "timestamp_ntz '2024-12-31'",
    ],
    "timestamptz": [
        "timestamp_ltz '2024-02-29 12:00:00'", "timestamp_ltz '1969-12-31 23:59:59.5'", "cast(null as timestamp_ltz)",
        "timestamp_ltz '2024-10-27 00:30:00+02:00'", "timestamp_ltz '1582-10-14 12:00:00.000001'",
    ],
    "ints": ["array(1, 2, 3)", "array(3, null, -1, 3)", "cast(array() as array<int>)", "cast(null as array<int>)"],
    "longs": ["array(1L, 4000000000L)", "array(cast(null as bigint))", "cast(null as array<bigint>)"],
    "doubles": [
        "array(1.5D, cast('NaN' as double), null)", "array(-0.0D, 0D)", "cast(array() as array<double>)",
        "array(cast('Infinity' as double), 1e-5)",
    ],
    "amounts": [
        "array(cast(1.25 as decimal(10,2)), null)", "cast(array() as array<decimal(10,2)>)",
        "array(cast(2 as decimal(10,2)), cast(-0.01 as decimal(10,2)), cast(2 as decimal(10,2)))",
        "cast(null as array<decimal(10,2)>)",
    ],
    "days": [
        "array(date '2024-02-29', date '1969-12-31')", "array(date '2024-02-29', null)", "cast(null as array<date>)",
        "cast(array() as array<date>)",
    ],
    "strings": [
        "array('b', 'a', null)", "array('')", "cast(array() as array<string>)", "cast(null as array<string>)",
        "array('é', 'e', 'Z', 'a')", "array('a', 'A', 'a')",
    ],
    "lists": [
        "array(array(1, 2), array(3))", "array(array(1, null), null)", "cast(null as array<array<int>>)",
        "array(cast(array() as array<int>))",
    ],
    "place": [
        "named_struct('city', 'Bonn', 'zip', 53111)", "named_struct('city', cast(null as string), 'zip', 1)",
        "cast(null as struct<city: string, zip: int>)", "named_struct('city', '', 'zip', cast(null as int))",
    ],
    "map": ["map('a', 1, 'b', null)", "cast(null as map<string, int>)", "cast(map() as map<string, int>)"],
    "dated": ["map('a', date '2024-02-29', 'b', null)", "cast(null as map<string, date>)"],
    "coded": ["map(1, 'a', -1, null)", "map(0, '')", "cast(null as map<int, string>)"],
    "small": ["0", "1", "2", "-1", "-2", "3", "5", "cast(null as int)"],
    #: Found or not; some are found where nothing is.
    "pattern": [
        "'a'", "'[a-c]+'", "'\\\\d+'", "'.'", "'^.'", "'(b|é)'", "'\\\\s'", "'[^a]'", "'$'", "'x*'", "'a?'", "''",
        "'^$'", "'^a|c$'", "'[\\\\d.]'", "'\\\\.'", "'a{2}'", "'x+?'", "'\\\\w+'", "'[^\\\\w]'", "'[a\\\\-c]'",
        "'\\\\p{Lu}'", "'\\\\Aa'", "'b\\\\z'", "'(?:a|b)c'", "'|a'", "'[|]'", "'\\\\D'", "'\\\\S+'", "'a.'", "'[.]'",
    ],
    #: What texts are split by, and what is replaced in them.
    "separator": [
        "','", "'[,;]'", "'\\\\.'", "'\\\\|'", "'a'", "'x+'", "'\\\\s+'", "'(b|é)'", "'[^a]'", "'\\\\d'", "'a|b'",
        "'.'", "'xx?'", "'a,?'", "'\\\\t'", "'[\\\\s,]+'", "'b*'",
    ],
    "grouped": [
        "'(a)'", "'([a-z]+)'", "'(\\\\d)'", "'(.)'", "'(a)|b'", "'x(y)?'", "'(x*)'", "'(x)(x)?'", "'^(.)'",
        "'([^,]*),'", "'(a|)b'",
    ],
    "new": ["'-'", "''", "'$0$0'", "'\\\\$'", "'<\\\\\\\\>'", "'é'", "'\\\\1'"],
    "grouped_new": ["'$1'", "'<$1>'", "'$1$1'", "'$0'", "'\\\\$1'", "'$1a'"],
    "like": ["'%a%'", "'_'", "''", "'%'", "'a\\\\%'", "'A%'", "'%b'", "'_b'", "'%\\\\_%'", "'%\\\\\\\\'", "'a%c'"],
    "format": [
        "'yyyy-MM-dd'", "'dd/MM/yy'", "'HH:mm:ss'", "'yyyyMMdd'", "'MMM d'", "'EEE'", "'hh a'", "'D'", "'SSS'", "'y'",
        "'yy'", "'yyyy-MM-dd HH:mm:ss.SSSSSS'", "'MMMM d, yyyy'", "'EEEE'", "'DDD'", "'H:m:s'", "'h:mm a'", "'d.M.'",
        "'yyyy-MM-dd\\'T\\'HH:mm'", "'yyyy年M月'", "'%d % yyyy'", "'MM/yyyy'", "'yyyy-DDD'", "'E, dd MMM'", "'ss.SSS'",
    ],
    "unit": ["'YEAR'", "'MONTH'", "'WEEK'", "'DAY'", "'QUARTER'"],
    "time_unit": [
        "'HOUR'", "'MINUTE'", "'DAY'", "'WEEK'", "'SECOND'", "'MILLISECOND'", "'quarter'", "'MICROSECOND'", "'yy'",
    ],
    "field": ["year", "month", "day", "quarter", "week", "doy", "dow", "hour", "minute", "dayofweek"],
    "span": [
        "interval 1 day", "interval 1 month", "interval 3 weeks", "interval 13 months", "interval -1 year",
        "interval 90 minutes", "interval -1 second", "interval 2 hours", "interval '2' days", "interval 4 years",
        "interval -36 hours", "interval 1 week", "interval 5 milliseconds", "interval 1 microsecond",
    ],
    "written": ["'2024-02-29'", "'5/3/2024'", "'05/03/2024'", "' 2024-03-05'", "'20240305'", "'2024-3-5'"],
    "pattern_read": ["'yyyy-MM-dd'", "'d/M/yyyy'", "'dd/MM/yyyy'", "'yyyyMMdd'", "'yyyy-M-d'"],
    #: What a pattern reads in a text.
    "day_read": [
        "'05.03.2024', 'dd.MM.yyyy'", "'5.3.2024', 'd.M.yyyy'", "'2024-060', 'yyyy-DDD'",
        "'Mar 5, 2024', 'MMM d, yyyy'", "'5 March 2024', 'd MMMM yyyy'", "'2024-03-05 12:30:00', 'yyyy-MM-dd HH:mm:ss'",
        "'2024-03', 'yyyy-MM'", "'2024', 'yyyy'", "'1582-10-10', 'yyyy-MM-dd'", "'a2024b', '\\'a\\'yyyy\\'b\\''",
        "'03/2024', 'MM/yyyy'", "'20240305T0102', 'yyyyMMdd\\'T\\'HHmm'", "'60 2024', 'D yyyy'",
        "'0001-01-01', 'yyyy-MM-dd'",
    ],
    "moment_read": [
        "'2024-03-05 01:02:03', 'yyyy-MM-dd HH:mm:ss'", "'2024-03-05T01:02:03.123', 'yyyy-MM-dd\\'T\\'HH:mm:ss.SSS'",
        "'05/03/2024 1:02 PM', 'dd/MM/yyyy h:mm a'", "'2024-03-05 12:30 AM', 'yyyy-MM-dd hh:mm a'",
        "'2024-03-05', 'yyyy-MM-dd'", "'20240305010203', 'yyyyMMddHHmmss'", "'2024-03-05 1:2:3', 'yyyy-MM-dd H:m:s'",
        "'2024 5.5', 'yyyy s.S'", "'2024-03-05 01:02:03.000001', 'yyyy-MM-dd HH:mm:ss.SSSSSS'",
        "'2024-03-05 01', 'yyyy-MM-dd HH'",
    ],
    "zoned_read": [
        "'2024-03-05 01:02:03Z', 'yyyy-MM-dd HH:mm:ssX'", "'2024-03-05 01:02:03+02:00', 'yyyy-MM-dd HH:mm:ssXXX'",
        "'2024-03-05 01:02:03 -0130', 'yyyy-MM-dd HH:mm:ss XX'", "'2024-03-05 01:02+05', 'yyyy-MM-dd HH:mmX'",
        "'2024-03-05 01:02:03+0200', 'yyyy-MM-dd HH:mm:ssZ'", "'2024-03-05 01:02:03+00:00', 'yyyy-MM-dd HH:mm:ssxxx'",
    ],
    "whole_text": ["'10'", "'+1'", "' 7 '", "'-0'", "'007'", "'\\t3\\n'", "'-128'", "'2147483647'", "'-32768'"],
    "number_text": [
        "'1e5'", "'.5'", "'5.'", "'+1'", "' 7 '", "'0x1'", "'Infinity'", "'-0'", "'007'", "'1E-2'",
        "'99999999999999999999'", "'9223372036854775808'", "'-9223372036854775808'", "'1,5'", "''", "'-'", "'1 2'",
        "'\\t3\\n'", "'2147483648'", "'1e400'", "'+.5e1'", "'e5'", "'--1'", "'12345678901234567890.123456789'", "'inf'",
        "'+Infinity'", "'-INFINITY'", "'nan'", "'1e'", "'0.0000000001'", "'-1.995'", "'1e-7'", "'.'", "'+'", "'32768'",
        "'-129'", "'-.0'",
    ],
    "truth_text": ["'t'", "'YES'", "'n'", "'0'", "'on'", "'tRuE'", "'f'", "''", "'2'", "'y'", "'null'"],
    "day_text": [
        "'2024-02-29'", "'2024-2-9'", "'2024'", "'2024-02'", "'2024-02-30'", "' 2024-02-29 '", "'+2024-01-01'",
        "'2024-02-29T10:00:00'", "'2024-02-29 x'", "'2024/02/29'", "'20240229'", "'1582-10-10'", "'24-02-29'",
        "'2024-13-01'", "''", "'2024-02-29x'", "'2024-00-10'", "'2024-'", "'2024-02-'", "'0001-1-1T'",
    ],
    "moment_text": [
        "'2024-02-29 12:30:45.123456'", "'2024-02-29T12:30:45Z'", "'2024-02-29 12:30'", "'2024-02-29 1:2:3.4'", "''",
        "'2024-02-29 24:00:00'", "'2024-02-29 12:30:60'", "'2024-02-29 12:30:45+02:00'", "'2024-02-29 12:30:45 -0130'",
        "'2024-02-29 12:30:45.1234567'", "' 2024-02-29 12:30:45 '", "'2024-02-29T12:30:45.5 UTC'",
        "'2024-02-29 12:30:45GMT'", "'2024-02'", "'2024'", "'2024-02-29 12:30:45+18:00'", "'2024-02-29 12:30:45+19:00'",
        "'0001-01-01 00:00:00'", "'2024-02-29 12:30:45 PM'", "'2024-02-29 12:30:45z'", "'2024-02-29  12:30:45'",
        "'2024-02-29 12:30:45.'", "'2024-02-29 12:30:45-00:30'", "'2024-02-29T'",
    ],
    "digits": ["0", "1", "2", "-1", "3", "-2", "-4", "9"],
}  # fmt: skip
