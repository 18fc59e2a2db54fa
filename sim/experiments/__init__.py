"""What else can be asked: one package for each question."""
