"""From mounted bytes to a decision that was seen to work, or the reasons why not."""
