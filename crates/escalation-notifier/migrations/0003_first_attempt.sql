-- When it was first tried, in real time: who cannot be reached by one channel
-- for too long is told by another.
alter table delivery add column first_attempt_at timestamptz;
