"""Coverage-guided fuzzing of what reads other people's text: challenges and URLs (`nox -s fuzz`)."""
