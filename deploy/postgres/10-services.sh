#!/bin/bash
# Runs once, when the database is made: a role and a schema for each service. No role sees another
# service's tables. Passwords come from the environment, <SERVICE>_PASSWORD.
set -euo pipefail

for service in ingest rule_evaluation ticketing escalation_notifier audit; do
    variable="${service^^}_PASSWORD"
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 \
        --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
        --set service="$service" --set password="${!variable:?$variable is not set}" \
        --set database="$POSTGRES_DB" <<'SQL'
create role :"service" login password :'password';
create schema :"service" authorization :"service";
alter role :"service" set search_path = :"service";
grant connect on database :"database" to :"service";
SQL
done

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    --set database="$POSTGRES_DB" <<'SQL'
revoke all on schema public from public;
revoke all on database :"database" from public;
SQL
