"""FastAPI with a pydantic model of the row, around the same engine."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from pydantic import create_model

from benchmarks.serving.engine import Engine

FOLDER = Path(os.environ["BENCHMARK_FOLDER"])
TYPES: dict[str, Any] = {
    "Float64": float | None,
    "Int64": int | None,
    "Bool": bool | None,
    "String": str | None,
    "Timestamp": datetime | None,
}
FEATURES = json.loads((FOLDER / "snapshot" / "feature-fetching.json").read_text())["features"]
FIELDS: dict[str, Any] = {item["name"]: (TYPES[item["type"]], None) for item in FEATURES}
Row: Any = create_model("Row", **FIELDS)

engine = Engine(FOLDER)
app = FastAPI()


@app.get("/ready")
async def ready() -> dict[str, bool]:
    """Tell that the server runs."""
    return {"ready": True}


@app.post("/predict")
async def predict(row: Row) -> dict[str, Any]:
    """Answer one row."""
    return engine.answer(row.model_dump())
