#!/usr/bin/env python3
"""Checks the committed query metadata (.sqlx) against the migrations.

A build without a database believes .sqlx. This makes a fresh database on the server of
ORDERWATCH_TEST_POSTGRES_URL, applies every migration, has PostgreSQL describe each committed
query, and compares names and types of its columns and the types of its parameters. Needs psql,
beside the server (ORDERWATCH_POSTGRES_BIN) or on the PATH; no other tool.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, urlsplit

ROOT = Path(__file__).resolve().parent.parent
SERVICES = ("ingest", "rule-evaluation", "ticketing", "escalation-notifier", "audit")
DATABASE = f"sql_metadata_{os.getpid()}"
# What sqlx calls PostgreSQL's types; any other name is its own, without regard to case.
SQLX_NAMES = {
    "boolean": "bool", "smallint": "int2", "integer": "int4", "bigint": "int8",
    "real": "float4", "double precision": "float8", "character varying": "varchar",
    "timestamp with time zone": "timestamptz", "timestamp without time zone": "timestamp",
}
# The statements that PREPARE takes; others (SET, LOCK) have no parameters and are simply run.
PREPARED = ("select", "insert", "update", "delete", "merge", "values", "with")


def psql_path():
    beside = Path(os.environ.get("ORDERWATCH_POSTGRES_BIN", "")) / "psql"
    found = str(beside) if beside.is_file() else shutil.which("psql")
    if not found:
        sys.exit("sql_metadata.py: no psql beside the server or on the PATH (apt install postgresql-client)")
    return found


def psql(url, *arguments, given=None, search_path=None):
    environment = dict(os.environ)
    if search_path:
        environment["PGOPTIONS"] = f"-c search_path={search_path}"
    return subprocess.run([psql_path(), "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", url, *arguments],
                          input=given, env=environment, capture_output=True, text=True)


def must(done, what):
    if done.returncode != 0:
        sys.exit(f"sql_metadata.py: {what}: {done.stderr.strip()}")
    return done.stdout


def migrate(url):
    """Makes the schema of every service: what `service` keeps in each, then its own migrations."""
    for service in SERVICES:
        schema = service.replace("-", "_")
        must(psql(url, "-c", f"create schema {schema}"), schema)
        files = sorted(ROOT.glob("crates/service/schema/*.sql"))
        for file in files + sorted(ROOT.glob(f"crates/{service}/migrations/*.sql")):
            must(psql(url, "-f", str(file), search_path=schema), f"{file.relative_to(ROOT)} in {schema}")


def sqlx_name(postgres_name):
    name = postgres_name.removesuffix("[]")
    name = SQLX_NAMES.get(name, name).split("(")[0]
    return name + "array" if postgres_name.endswith("[]") else name


def committed_name(type_info):
    """The lower-case name of a committed type; None for one that is not built in."""
    return type_info.lower() if isinstance(type_info, str) else None


def differs(committed, described):
    """Whether two lists of type names disagree where both are known."""
    return len(committed) != len(described) or any(
        one is not None and one != other for one, other in zip(committed, described))


def fault_of(url, search_path, metadata):
    """What is wrong with one committed query; None when nothing is."""
    query, described = metadata["query"].rstrip().rstrip(";"), metadata["describe"]
    if query.split()[0].lower() not in PREPARED:
        done = psql(url, given=f"begin;\n{query};\nrollback;\n", search_path=search_path)
        return done.stderr.strip() or None
    script = f"prepare it as {query};\nselect unnest(parameter_types) from pg_prepared_statements;\n"
    done = psql(url, given=script, search_path=search_path)
    if done.returncode != 0:
        return done.stderr.strip()
    parameters = [committed_name(type_info) for type_info in described["parameters"]["Left"]]
    found = [sqlx_name(line) for line in done.stdout.splitlines()]
    if differs(parameters, found):
        return f"parameters are {found}, committed are {parameters}"
    done = psql(url, given=f"{query} \\gdesc\n", search_path=search_path)
    if done.returncode != 0:
        return done.stderr.strip()
    rows = [line.split("\t") for line in done.stdout.splitlines() if "\t" in line]
    names = [column["name"] for column in described["columns"]]
    if names != [row[0] for row in rows]:
        return f"columns are {[row[0] for row in rows]}, committed are {names}"
    types = [committed_name(column["type_info"]) for column in described["columns"]]
    found = [sqlx_name(row[1]) for row in rows]
    return f"column types are {found}, committed are {types}" if differs(types, found) else None


def main():
    server = os.environ.get("ORDERWATCH_TEST_POSTGRES_URL")
    if not server:
        sys.exit("sql_metadata.py: set ORDERWATCH_TEST_POSTGRES_URL, or run ./scripts/test")
    files = sorted((ROOT / ".sqlx").glob("query-*.json"))
    if not files:
        sys.exit("sql_metadata.py: no committed query metadata in .sqlx")
    url = urlsplit(server)._replace(path="/" + quote(DATABASE)).geturl()
    must(psql(server, "-c", f"create database {DATABASE}"), "create database")
    try:
        migrate(url)
        search_path = ",".join(service.replace("-", "_") for service in SERVICES)
        faults = 0
        for file in files:
            metadata = json.loads(file.read_text())
            fault = fault_of(url, search_path, metadata)
            if fault:
                faults += 1
                print(f".sqlx/{file.name}: {fault}\n    {' '.join(metadata['query'].split())[:160]}")
    finally:
        psql(server, "-c", f"drop database if exists {DATABASE}")
    print(f"{len(files)} queries described against the migrations, {faults} differ")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
