"""Runs statements through phoenixdb, a client of the query server that is none of ours.

Reads one JSON object from standard input: {"url", "write": [[text, [[value…]…]]…], "read": [text…]}, and writes
the rows of each read as JSON. A value is {"t": type, "v": text}, or null; lists are
arrays. Times are milliseconds, of the epoch or of the day.
"""

import datetime
import decimal
import json
import sys
import types

# Kerberos needs a C library of the system, and is not what is compared.
sys.modules["gssapi"] = types.ModuleType("gssapi")
sys.modules["requests_gssapi"] = types.ModuleType("requests_gssapi")
sys.modules["requests_gssapi"].HTTPSPNEGOAuth = object

import phoenixdb  # noqa: E402

EPOCH = datetime.datetime(1970, 1, 1)


def parse(value):
    if value is None:
        return None
    if isinstance(value, list):
        return [parse(one) for one in value]
    kind, text = value["t"], value["v"]
    if kind == "int":
        return int(text)
    if kind == "decimal":
        return decimal.Decimal(text)
    if kind == "float":
        return float(text)
    if kind == "bool":
        return text == "true"
    if kind == "bytes":
        return bytes.fromhex(text)
    if kind == "ms":
        return EPOCH + datetime.timedelta(milliseconds=int(text))
    if kind == "time":
        return (EPOCH + datetime.timedelta(milliseconds=int(text))).time()
    return text


def show(value):
    if value is None:
        return None
    if isinstance(value, (list, tuple)):
        return [show(one) for one in value]
    if isinstance(value, bool):
        return {"t": "bool", "v": "true" if value else "false"}
    if isinstance(value, int):
        return {"t": "int", "v": str(value)}
    if isinstance(value, decimal.Decimal):
        return {"t": "decimal", "v": format(value, "f")}
    if isinstance(value, float):
        return {"t": "float", "v": repr(value)}
    if isinstance(value, (bytes, bytearray)):
        return {"t": "bytes", "v": value.hex()}
    if isinstance(value, datetime.datetime):
        return {"t": "ms", "v": str((value - EPOCH) // datetime.timedelta(milliseconds=1))}
    if isinstance(value, datetime.date):
        day = datetime.datetime(value.year, value.month, value.day)
        return {"t": "ms", "v": str((day - EPOCH) // datetime.timedelta(milliseconds=1))}
    if isinstance(value, datetime.time):
        ms = ((value.hour * 60 + value.minute) * 60 + value.second) * 1000 + value.microsecond // 1000
        return {"t": "time", "v": str(ms)}
    return {"t": "text", "v": str(value)}


def main():
    task = json.load(sys.stdin)
    connection = phoenixdb.connect(task["url"], autocommit=True)
    with connection.cursor() as cursor:
        for text, rows in task["write"]:
            for row in rows:
                cursor.execute(text, [parse(value) for value in row])
        answers = []
        for text in task["read"]:
            cursor.execute(text)
            answers.append([[show(value) for value in row] for row in cursor.fetchall()])
    connection.close()
    json.dump(answers, sys.stdout)


main()
