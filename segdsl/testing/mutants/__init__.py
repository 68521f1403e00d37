"""Rules with one small mistake each -> which of them the tests would notice."""
