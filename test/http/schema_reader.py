"""Asks for the schema with gql, from standard input: the address, a token, and a query to validate and run with it."""

import json
import sys

from gql import Client, gql
from gql.transport.requests import RequestsHTTPTransport
from graphql import DirectiveLocation, build_client_schema, get_introspection_query, print_schema

task = json.load(sys.stdin)
transport = RequestsHTTPTransport(
    url=task["url"], headers={"authorization": f"Bearer {task['token']}"}, timeout=300
)
# Every option that graphql-core has, each of which asks the question in other words.
answers = []
for asked in ({}, {"descriptions": False}, {"input_value_deprecation": True, "schema_description": True,
              "specified_by_url": True, "directive_is_repeatable": True}):
    with Client(transport=transport) as session:
        answer = session.execute(gql(get_introspection_query(**asked)))
    answers.append(len(print_schema(build_client_schema(answer))))

with Client(transport=transport) as session:
    listed = [
        value["name"]
        for value in session.execute(gql('{ __type(name: "__DirectiveLocation") { enumValues { name } } }'))["__type"]["enumValues"]
    ]
    used = [
        location
        for directive in session.execute(gql("{ __schema { directives { name locations } } }"))["__schema"]["directives"]
        for location in directive["locations"]
    ]
for name in listed + used:
    DirectiveLocation[name]

with Client(transport=transport, fetch_schema_from_transport=True) as session:
    viewer = session.execute(gql(task["query"]))
print(json.dumps({"sizes": answers, "listed": listed, "used": used, "answer": viewer}))
