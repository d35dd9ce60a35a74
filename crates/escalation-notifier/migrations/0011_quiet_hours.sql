-- Notices may also wait for the end of a person's quiet hours.
alter table hold
    drop constraint hold_kind_check,
    add constraint hold_kind_check
        check (kind in ('silence', 'maintenance', 'inhibition', 'group', 'quiet-hours'));
