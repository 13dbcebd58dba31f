"""MSX, the expression language: text that is parsed, checked and executed, never evaluated."""
