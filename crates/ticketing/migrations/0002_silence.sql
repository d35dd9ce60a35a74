-- An exception can be true and still nobody's to act on: exempt, or of a rule in shadow.
alter table tickets drop constraint tickets_exception_standing_check;
alter table tickets add constraint tickets_exception_standing_check
    check (exception_standing in ('open', 'exempt', 'shadow', 'cleared', 'retracted'));
