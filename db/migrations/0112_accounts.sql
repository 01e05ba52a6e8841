-- gatepost: no transaction
-- squawk-disable-assume-in-transaction
-- The accounts of those who were there before; new users get theirs by the trigger users_open_account.
set role threads_owner;

-- With a lock, so that nobody is deleted meanwhile.
-- gatepost: batches of 2000 by threads.users.id
insert into threads.accounts (user_id)
select u.id
  from threads.users as u
 where u.id between $1 and $2
   for key share of u
on conflict on constraint accounts_pkey do nothing;
