-- A library that readers, writers and guests may each do something else in.

do $$
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'library_gateway') then
        create role library_guest nologin;
        create role roles_reader nologin;
        create role library_twin nologin;
        create role library_post_box nologin;
        create role library_gateway login noinherit;
        grant library_guest, roles_reader, library_twin, library_post_box to library_gateway;
    end if;
end
$$;

alter default privileges revoke execute on functions from public;
create schema library;
create schema vault;
grant usage on schema library to library_guest, roles_reader, library_twin, library_post_box;

create table library.authors (id int primary key, name text not null, email text unique);
grant select (id, name) on library.authors to library_guest;
grant select on library.authors to roles_reader, library_twin;

create table library.books (
    id        int primary key,
    author_id int not null references library.authors,
    title     text not null
);
grant select (author_id, title) on library.books to library_guest;
grant select on library.books to roles_reader, library_twin;

-- Nobody but readers sees loans.
create table library.loans (book_id int primary key references library.books, reader text not null);
grant select on library.loans to roles_reader, library_twin;

-- Two tables want the type Note; guests see only the one that comes second.
create table library.note (id int primary key);
create table library.notes (id int primary key);
grant select on library.note to roles_reader, library_twin;
grant select on library.notes to library_guest, roles_reader, library_twin;

-- Granted, but in a schema that no role may use.
create table vault.secrets (id int primary key);
grant select on vault.secrets to roles_reader;

create function library.authors_label(author library.authors) returns text
language sql stable
as $$ select upper(author.name) $$;
grant execute on function library.authors_label(library.authors) to roles_reader, library_twin;

create function library.lend(book_id int) returns void
language sql volatile
as $$ insert into library.loans values (lend.book_id, 'somebody') $$;
grant execute on function library.lend(int) to roles_reader, library_twin;

create function library.send_letter(body text) returns int language sql volatile return length(body);
grant execute on function library.send_letter(text) to library_post_box;

insert into library.authors values (1, 'Ursula', 'u@example.org');
insert into library.books values (1, 1, 'The Word');
