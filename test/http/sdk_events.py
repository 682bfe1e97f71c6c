"""Sends mixed events through the SDK that the task names, from standard input; exits with 0 when all were sent."""

import importlib
import json
import sys

task = json.load(sys.stdin)
client_class = importlib.import_module(task["module"]).Client
failures = []
client = client_class(
    task["writeKey"],
    host=task["host"],
    gzip=task["gzip"],
    max_retries=10,
    upload_size=task["batch"],
    upload_interval=0.1,
    on_error=lambda error, _items: failures.append(repr(error)),
)

for n in range(task["count"]):
    who = f"person-{n % task['people']}"
    kind = n % 6
    if kind == 0:
        client.page(user_id=who, name="Home", properties={"url": "https://www.example.com/", "number": n})
    elif kind == 1:
        client.track(
            user_id=who, event="Order Completed", properties={"order_id": f"o-{n}", "revenue": 1.25, "number": n}
        )
    elif kind == 2:
        client.track(user_id=who, event="Sdk Event", properties={"number": n})
    elif kind == 3:
        client.screen(user_id=who, name="Inbox", properties={"number": n})
    elif kind == 4:
        client.identify(user_id=who, traits={"plan": "pro", "email": f"{who}@example.com"})
    elif n % 12 == 5:
        client.group(user_id=who, group_id="g-1", traits={"name": "Initech"})
    else:
        client.alias(previous_id=f"old-{n}", user_id=who)

client.flush()
client.join()
if failures:
    sys.exit("\n".join(failures))
