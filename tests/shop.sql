-- A shop with awkward corners, for the tests of what is generated: every kind of key, relation, function and name.

do $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'shop_gateway') then
        create role shop_anonymous nologin;
        create role shop_member nologin;
        create role shop_gateway login noinherit;
        grant shop_anonymous, shop_member to shop_gateway;
    end if;
end
$$;

create extension citext;
alter default privileges revoke execute on functions from public;

create schema shop;
create schema shop_private;
grant usage on schema shop, shop_private to shop_anonymous, shop_member;

create type shop.mood as enum ('sad', 'ok', 'happy');
comment on type shop.mood is 'How somebody feels.';
create type shop.size as enum ('extra small', 'large');
create domain shop.sku as text check (value ~ '^[A-Z]{2}-[0-9]+$');

create function shop_private.viewer() returns bigint
language sql stable
return (nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub')::bigint;
grant execute on function shop_private.viewer() to shop_anonymous, shop_member;

-- People: a self reference, a unique key, row-level security, smart tags.
create table shop.people (
    id        bigint generated always as identity primary key,
    name      text not null,
    email     citext unique,
    mentor_id bigint references shop.people,
    mood      shop.mood,
    hidden    boolean not null default false,
    nickname  text,
    ssn       text,
    legacy    text
);
comment on table shop.people is 'Somebody who buys or sells.';
comment on column shop.people.name is 'What they are called.';
comment on column shop.people.nickname is e'@name alias\nWhat friends call them.';
comment on column shop.people.ssn is '@omit';
comment on column shop.people.legacy is '@deprecated Nobody fills it.';
comment on constraint people_mentor_id_fkey on shop.people is e'@fieldName mentor\n@foreignFieldName pupils';
alter table shop.people enable row level security;
create policy people_read on shop.people for select
    to shop_anonymous, shop_member using (not hidden or id = (select shop_private.viewer()));
create policy people_add on shop.people for insert to shop_member with check (true);
create policy people_edit on shop.people for update to shop_member using (true) with check (true);
grant select on shop.people to shop_anonymous, shop_member;
grant insert, update on shop.people to shop_member;

-- Orders: a composite key, two foreign keys to one table, nulls and ties.
create table shop.orders (
    shop_id   integer not null,
    number    integer not null,
    buyer_id  bigint references shop.people,
    seller_id bigint references shop.people,
    total     numeric(12, 2),
    placed_at timestamptz,
    hidden    boolean not null default false,
    primary key (shop_id, number)
);
create index on shop.orders (buyer_id);
alter table shop.orders enable row level security;
create policy orders_read on shop.orders for select
    to shop_anonymous, shop_member using (not hidden or buyer_id = (select shop_private.viewer()));
grant select on shop.orders to shop_anonymous, shop_member;

-- Invoices: one to one by a unique composite foreign key.
create table shop.invoices (
    id      integer primary key,
    shop_id integer not null,
    number  integer not null,
    memo    text,
    unique (shop_id, number),
    foreign key (shop_id, number) references shop.orders
);
grant select on shop.invoices to shop_anonymous, shop_member;

-- Products: a column of every kind of type.
create table shop.products (
    id       uuid primary key,
    name     varchar(80) not null,
    price    numeric,
    stock    bigint,
    shelf    smallint,
    weight   real,
    volume   double precision,
    made_at  timestamptz,
    checked  timestamp,
    day      date,
    opens    time,
    warranty interval,
    picture  bytea,
    data     jsonb,
    raw      json,
    mood     shop.mood,
    size     shop.size,
    code     shop.sku,
    label    citext,
    grade    char(3),
    live     boolean,
    address  inet,
    span     int4range,
    tags     text[],
    names    varchar[],
    sizes    smallint[],
    counts   bigint[],
    prices   numeric[],
    moods    shop.mood[]
);
grant select on shop.products to shop_anonymous, shop_member;

-- A junction table with a column of its own.
create table shop.order_items (
    shop_id    integer not null,
    number     integer not null,
    product_id uuid not null references shop.products,
    quantity   integer not null default 1,
    primary key (shop_id, number, product_id),
    foreign key (shop_id, number) references shop.orders
);
comment on constraint order_items_shop_id_number_fkey on shop.order_items is '@manyToManyFieldName orderedIn';
grant select on shop.order_items to shop_anonymous, shop_member;

-- Grades: ties and nulls, to be paged through.
create table shop.grades (
    id integer primary key,
    a  integer,
    b  text,
    c  integer not null,
    person_id bigint references shop.people
);
grant select on shop.grades to shop_anonymous, shop_member;

-- Rows without a key that holds for all of them: its unique constraint lets nulls repeat.
create table shop.readings (
    sensor integer,
    value  integer,
    unique (sensor)
);
grant select on shop.readings to shop_anonymous;

-- Nothing to order by.
create table shop.blobs (body jsonb);
grant select on shop.blobs to shop_anonymous;

-- Some columns for some roles.
create table shop.accounts (
    id       integer primary key,
    owner    text not null,
    balance  numeric not null,
    password text not null
);
grant select (id, owner) on shop.accounts to shop_anonymous;
grant select (id, owner, balance) on shop.accounts to shop_member;

-- Not granted, omitted.
create table shop.ledgers (id integer primary key);
create table shop.drafts (id integer primary key);
comment on table shop.drafts is '@omit';
grant select on shop.drafts to shop_anonymous;

-- Names: quotes, spaces, capitals, keywords, digits, and what collides.
create table shop."Odd ""Table" (
    "select"        integer primary key,
    "or"            text,
    "not"           text,
    "and"           text,
    "camelCase"     text,
    "UPPER"         text,
    "with space"    text,
    "quo""te"       text,
    "1st"           text,
    "with_space"    text,
    "per%cent"      text,
    "colon:x"       text,
    "größe"         text
);
grant select on shop."Odd ""Table" to shop_anonymous;
create table shop.person (id integer primary key, person_id bigint references shop.people);
grant select on shop.person to shop_anonymous;

-- A view, under the reader's own policies.
create view shop.spendings with (security_invoker = true) as
    select o.buyer_id, count(*) as orders, sum(o.total) as total
      from shop.orders as o
     group by o.buyer_id;
comment on view shop.spendings is 'What each buyer spent.';
grant select on shop.spendings to shop_anonymous, shop_member;

-- Functions of a row.
create function shop.people_title(p shop.people, greeting text default 'Dear') returns text
language sql stable return greeting || ' ' || p.name;
create function shop.people_order_count(p shop.people) returns setof bigint
language sql stable rows 1
begin atomic
    select count(*) from shop.orders as o where o.buyer_id = (p).id;
end;
create function shop.people_bosses(p shop.people) returns setof shop.people
language sql stable
begin atomic
    with recursive up as (
        select m.*, 1 as step from shop.people as m where m.id = (p).mentor_id
        union all
        select m.*, up.step + 1 from up join shop.people as m on m.id = up.mentor_id
    )
    select up.id, up.name, up.email, up.mentor_id, up.mood, up.hidden, up.nickname, up.ssn, up.legacy
      from up order by up.step;
end;
create function shop.people_boss(p shop.people) returns shop.people
language sql stable
begin atomic
    select m.* from shop.people as m where m.id = (p).mentor_id;
end;
create function shop.people_initials(p shop.people) returns setof text
language sql stable rows 5
begin atomic
    select left(word, 1) from unnest(string_to_array((p).name, ' ')) as word;
end;

-- Stable functions: a value, values, a row, rows in an order of their own, an argument that is called as one of a page.
create function shop.greet(name text default 'you', times integer default 1) returns text
language sql immutable return repeat('Hello ' || coalesce(name, 'nobody') || '! ', times);
comment on function shop.greet(text, integer) is 'Says hello.';
create function shop.add_up(numbers bigint[], extra numeric) returns numeric
language sql immutable
begin atomic
    select sum(n) + extra from unnest(numbers) as n;
end;
create function shop.countdown(start integer) returns setof integer
language sql immutable
begin atomic
    select n from generate_series(start, 1, -1) as n;
end;
create function shop.first_person() returns shop.people
language sql stable
begin atomic
    select p.* from shop.people as p order by p.id limit 1;
end;
create function shop.find_people(filter text, first boolean default false) returns setof shop.people
language sql stable
begin atomic
    select p.* from shop.people as p
     where p.name like '%' || filter || '%' and (first or not first) order by length(p.name), p.id desc;
end;
create function shop.feeling(mood shop.mood) returns text
language sql immutable return 'feels ' || mood::text;
create function shop.check_code(code shop.sku) returns text
language sql immutable return code;

-- Volatile functions: a row, rows, a value, values, nothing.
create function shop.create_person(name text, email citext default null, hidden boolean default false)
returns shop.people language sql
begin atomic
    insert into shop.people (name, email, hidden) values (name, email, hidden) returning *;
end;
comment on function shop.create_person(text, citext, boolean) is 'Adds somebody.';
create function shop.create_people(names text[]) returns setof shop.people
language sql
begin atomic
    insert into shop.people (name) select n from unnest(names) with ordinality as t (n, place) order by place
    returning *;
end;
create function shop.rename_person(id bigint, name text) returns shop.people
language plpgsql as $$
declare
    renamed shop.people;
begin
    if rename_person.name = '' then
        raise exception 'A name is needed.' using constraint = 'name_needed', column = 'full_name', hint = 'Say one.';
    end if;
    update shop.people as p set name = rename_person.name where p.id = rename_person.id returning * into renamed;
    return renamed;
end
$$;
create function shop.roll(sides integer default 6) returns integer
language sql return sides;
create function shop.roll_all(sides integer[]) returns setof bigint
language sql
begin atomic
    select s from unnest(sides) as s;
end;
create function shop.forget_moods() returns void
language sql
begin atomic
    update shop.people set mood = null where mood is not null;
end;
create function shop.explode() returns integer
language plpgsql as $$ begin return 1 / 0; end $$;
create function shop.secret_power() returns integer
language sql return 1;
grant execute on all functions in schema shop to shop_anonymous, shop_member;
revoke execute on function shop.secret_power() from shop_anonymous, shop_member;
revoke execute on function shop.create_people(text[]) from shop_anonymous;

-- Rows.
insert into shop.people (name, email, mentor_id, mood, hidden, nickname, ssn) values
    ('Ada Lovelace', 'ada@example.org', null, 'happy', false, 'Ada', '1'),
    ('Bob', 'Bob@Example.org', 1, 'ok', false, null, '2'),
    ('Cyd', null, 2, 'sad', false, 'C', '3'),
    ('Dee', 'dee@example.org', 1, null, true, 'D', '4'),
    ('Eve', null, 4, 'ok', false, null, null);
insert into shop.orders (shop_id, number, buyer_id, seller_id, total, placed_at, hidden) values
    (1, 1, 1, 2, 10.50, '2024-01-01 10:00+00', false),
    (1, 2, 1, 3, 0.99, '2024-01-02 10:00+00', false),
    (1, 3, 2, 1, null, '2024-01-02 10:00+00', true),
    (2, 1, 2, null, 99999999.99, null, false),
    (2, 2, 4, 1, 5.00, '2024-01-03 10:00+02', false),
    (2, 3, null, 4, 7.25, '2023-12-31 23:59:59.123456+00', false);
insert into shop.invoices values (1, 1, 1, 'paid'), (2, 2, 1, null);
insert into shop.products (id, name, price, stock, shelf, weight, volume, made_at, checked, day, opens, warranty, picture,
                           data, raw, mood, size, code, label, grade, live, address, span, tags, names, sizes, counts,
                           prices, moods) values
    ('00000000-0000-0000-0000-000000000001', '100% "Tea"', 12345678901234567890.123456789, 9223372036854775807, 1, 0.1, 0.25,
     '2024-02-29 12:00:00.5+00', '2024-02-29 12:00:00', '2024-02-29', '09:30', '1 year 2 days 03:00', '\x00ff10',
     '{"a": [1, null]}', '{"z": 1, "a": 2}', 'happy', 'extra small', 'AB-1', 'Green', 'A', true, '10.0.0.1', '[1,5)',
     '{hot,"with, comma",null}', '{x}', '{1,2}', '{1,9223372036854775807}', '{0.10}', '{sad,happy}'),
    ('00000000-0000-0000-0000-000000000002', 'Snow_man', 2, 0, 2, 1.5, -1, '2023-01-01 00:00+00', null, '2023-01-01', null,
     '-00:00:01', '', 'null', null, 'sad', 'large', 'CD-22', 'red', 'BB', false, '::1', null, '{}', null, null, null, null, null),
    ('00000000-0000-0000-0000-000000000003', 'Nothing', null, null, null, null, null, null, null, null, null, null, null,
     null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null);
insert into shop.order_items values
    (1, 1, '00000000-0000-0000-0000-000000000001', 2),
    (1, 1, '00000000-0000-0000-0000-000000000002', 1),
    (1, 3, '00000000-0000-0000-0000-000000000002', 5),
    (2, 1, '00000000-0000-0000-0000-000000000001', 3);
insert into shop.grades
    select n, nullif(n % 4, 0), nullif(chr(97 + n * 7 % 5), 'c'), n % 3, nullif(n % 6, 0) % 6
      from generate_series(1, 25) as n;
insert into shop.readings values (1, 10), (null, 20), (null, 10), (2, null), (null, 30);
insert into shop.blobs values ('{"n": 1}'), ('{"n": 2}');
insert into shop.accounts values (1, 'Ada', 10, 'hush'), (2, 'Bob', 20, 'hush');
insert into shop."Odd ""Table" values (1, 'o', 'n', 'a', 'cc', 'U', 'ws', 'q', 'f', 'w_s', 'p', 'c', 'g');
insert into shop.person values (1, 1);
