//! Working time: weekly hours, holidays, make-up workdays, time zones.
