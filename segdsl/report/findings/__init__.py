"""Findings in rules: `render(findings, files, root)`, with how many files were checked and the folder of the workspace."""
