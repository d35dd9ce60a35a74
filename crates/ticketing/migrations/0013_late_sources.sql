-- Sources that had not reported when the exception was judged; null where nobody said which.
alter table tickets add column late_sources text[];
