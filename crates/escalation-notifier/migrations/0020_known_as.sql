-- What whoever a delivery is for may have got already, and by which id, as nobody knows whether its
-- message arrived. What went together has it in common, and goes again together, under that id.
alter table delivery add column known_as uuid;

create index delivery_known_as on delivery (known_as) where known_as is not null;
