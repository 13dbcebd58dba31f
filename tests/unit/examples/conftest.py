"""The examples' own folders come first where their modules are looked for."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "examples" / "02-fraud"))
