"""The walls inside PostgreSQL: which rows a scope may see and write, table by table.

Policies are forced, so that not even the owner passes them by accident; the service's role neither owns a
table nor may bypass them (``assert_walls``, called before the service answers). A setting reads as an empty
string after the transaction that set it, and may hold anything: the functions give null for all but numbers.
"""

from __future__ import annotations

from sqlalchemy import Connection, MetaData, text

from service.errors import StartRefusedError

FUNCTIONS = """
create or replace function rollcall_scope() returns text stable language sql as
  $$ select coalesce(current_setting('rollcall.scope', true), '') $$;
create or replace function rollcall_agency() returns bigint stable language sql as
  $$ select case when current_setting('rollcall.agency', true) ~ '^[0-9]{1,18}$'
       then nullif(current_setting('rollcall.agency', true)::bigint, 0) end $$;
create or replace function rollcall_within() returns text stable language sql as
  $$ select case when rollcall_scope() = 'region'
         and current_setting('rollcall.region', true) ~ '^[0-9]{1,12}$'
       then current_setting('rollcall.region', true) || '%' end $$;
create or replace function rollcall_wide() returns boolean stable language sql as
  $$ select rollcall_scope() in ('all', 'system') $$;
"""

# Each in a select of its own: PostgreSQL answers that once a statement, a function alone for each row. Of a
# truth value it expects that half of the rows pass, of a comparison next to none, and plans accordingly.
SCOPE = "(select rollcall_scope())"
OWN = "(select rollcall_agency())"
WIDE = "(select rollcall_wide())"
BY_AGENCY = f"{WIDE} or agency_id = {OWN}"
BY_REGION = f"{WIDE} or region_code like (select rollcall_within())"


def policies(metadata: MetaData) -> dict[str, str]:
    """Table name -> the condition of its rows: by ``agency_id``, or what ``info["rows"]`` says."""
    found = {}
    for table in metadata.sorted_tables:
        said = table.info.get("rows")
        if said:
            found[table.name] = said
        elif "agency_id" in table.c:
            found[table.name] = BY_AGENCY
    return found


def build_walls(connection: Connection, metadata: MetaData, role: str) -> None:
    """Create the functions and policies, and give the service's role what it needs and no more."""
    connection.execute(text(FUNCTIONS))
    connection.execute(text(f'grant usage on schema public to "{role}"'))
    connection.execute(
        text(f'grant select, insert, update, delete on all tables in schema public to "{role}"')
    )
    connection.execute(text(f'grant usage, select on all sequences in schema public to "{role}"'))
    for table in metadata.sorted_tables:
        if table.info.get("append_only"):
            connection.execute(text(f'revoke update, delete, truncate on "{table.name}" from "{role}"'))
    for name, rows in policies(metadata).items():
        connection.execute(text(f'alter table "{name}" enable row level security'))
        connection.execute(text(f'alter table "{name}" force row level security'))
        connection.execute(text(f'create policy rows on "{name}" using ({rows}) with check ({rows})'))


def assert_walls(connection: Connection, metadata: MetaData) -> None:
    """Refuse to work as a role that could pass the walls, or without them.

    Raises:
        StartRefusedError: names what is wrong and what to do.
    """
    role, free = connection.execute(
        text("select rolname, rolsuper or rolbypassrls from pg_roles where rolname = current_user")
    ).one()
    if free:
        raise StartRefusedError(f"DATABASE_URL: role {role} may bypass row-level security; use a plain role")
    walled = {
        name: (forced, owner)
        for name, forced, owner in connection.execute(
            text(
                "select relname, relrowsecurity and relforcerowsecurity, pg_get_userbyid(relowner)"
                " from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace"
            )
        )
    }
    if not walled:
        raise StartRefusedError("the database has no tables: run `rollcall migrate` first")
    owned = sorted(name for name, (_, owner) in walled.items() if owner == role)
    if owned:
        raise StartRefusedError(f"DATABASE_URL: role {role} owns {owned[0]}; the service must not own tables")
    open_ones = sorted(name for name in policies(metadata) if not walled.get(name, (False, ""))[0])
    if open_ones:
        raise StartRefusedError(f"no row-level security on {', '.join(open_ones)}: run `rollcall migrate`")
