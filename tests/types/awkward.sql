-- Arrays whose dimensions are told elsewhere, domains of domains, hidden attributes, types of no name. After kinds.sql.

create extension cube;
create domain kinds.grid as integer[][];
create domain kinds.small as kinds.positive check (value < 100);
create domain kinds.stamped as text not null default 'now';
create domain kinds.needed as text not null;
create domain kinds.words as text[];
create domain kinds.homes as kinds.address[];
create domain kinds.rates as numeric[];
create type kinds.secretive as (shown integer, hidden text, last date);
comment on column kinds.secretive.hidden is '@omit';
create type kinds.matrix as (cells integer[], label text);
comment on column kinds.matrix.cells is '@dimensions 2';
create type kinds.money_range as range (subtype = money);
create type kinds.deep as (inner_homes kinds.homes, grids kinds.grid[], secret kinds.secretive);

create table kinds.awkward (
    id        integer primary key generated always as identity,
    stamped   kinds.stamped,
    needed    kinds.needed,
    twice     kinds.stamped not null,
    small     kinds.small,
    smalls    kinds.small[],
    grid      kinds.grid,
    fews      kinds.few[],
    wordss    kinds.words[],
    homess    kinds.homes[],
    ratess    kinds.rates[],
    grids     kinds.grid[],
    secretive kinds.secretive,
    secrets   kinds.secretive[],
    matrix    kinds.matrix,
    deep      kinds.deep,
    cube      cube,
    cubes     cube[],
    xid       xid,
    class     regclass,
    blob      bytea[]
);
create view kinds.awkward_grids as select id, array[[1, 2], [3, 4]] as grid, array[['x'::bytea]] as blob from kinds.awkward;
comment on column kinds.awkward_grids.grid is '@dimensions 2';
comment on column kinds.awkward_grids.blob is '@dimensions 2';

create function kinds.turned(grid integer[], amount integer) returns integer[]
language sql stable
as $$ select grid $$;
comment on function kinds.turned(integer[], integer) is e'@dimensions 2\n@dimensions grid 2';

create function kinds.keep_small(amount kinds.small, other integer) returns integer
language sql volatile
as $$ select amount $$;

create function kinds.all_secrets() returns setof kinds.secretive
language sql stable
as $$ select (s.n, 'hidden', '2024-01-01')::kinds.secretive from generate_series(1, 2) as s (n) $$;
create function kinds.text_of_secretive(value kinds.secretive) returns text language sql stable as 'select value::text';

create table kinds.owners (id integer primary key, name text, secret text);
comment on column kinds.owners.secret is '@omit';
insert into kinds.owners values (1, 'Ada', 'hush');
create table kinds.keepers (id integer primary key, owner kinds.owners);
insert into kinds.keepers select 1, o from kinds.owners as o;
grant select, insert, update, delete on all tables in schema kinds to kinds_reader;
