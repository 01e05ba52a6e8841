-- A small library, of which the whole generated schema is kept in library.graphql.

do $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'small_library_reader') then
        create role small_library_reader nologin;
    end if;
end
$$;

alter default privileges revoke execute on functions from public;
create schema library;
grant usage on schema library to small_library_reader;

create type library.genre as enum ('novel', 'poetry');
create table library.authors (
    id   bigint generated always as identity primary key,
    name text not null unique,
    born date
);
comment on table library.authors is 'Who writes.';
create table library.books (
    isbn      text primary key,
    title     text not null,
    genre     library.genre,
    author_id bigint not null references library.authors,
    shelf     text
);
comment on column library.books.shelf is e'@deprecated Ask at the desk.\nWhere it stands.';
grant select on library.authors, library.books to small_library_reader;

create function library.authors_age(a library.authors) returns setof integer
language sql stable rows 1
begin atomic
    select extract(year from age(a.born))::integer;
end;
create function library.borrow(isbn text, days integer default 14) returns library.books
language sql
begin atomic
    select b.* from library.books as b where b.isbn = borrow.isbn;
end;
comment on function library.borrow(text, integer) is 'Lends a book.';
create function library.search(term text) returns setof library.books
language sql stable
begin atomic
    select b.* from library.books as b where b.title ilike '%' || term || '%' order by b.title;
end;
grant execute on function library.authors_age(library.authors), library.borrow(text, integer), library.search(text)
    to small_library_reader;
