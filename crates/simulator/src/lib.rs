//! A shop with three systems, their lags and their failures, and the ground truth.
