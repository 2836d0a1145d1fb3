"""The example project: a shop's orders of a day become a report that one can look at."""
