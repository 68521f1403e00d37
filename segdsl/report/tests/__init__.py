"""Results of tests: `render(result)` of a `SuiteResult`."""
