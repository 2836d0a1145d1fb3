"""The picture for programs is the picture as it was given."""

import json

from bigflow.drawing.picture import Edge, Node, Picture, as_json


def test_plain_data_has_the_documented_shape() -> None:
    picture = Picture(
        "daily", (Node("a", state="failed", note="0.1 s"), Node("b", "B")), (Edge("a", "b"), Edge("b", "x"))
    )
    assert json.loads(json.dumps(as_json(picture))) == {
        "title": "daily",
        "nodes": [
            {"id": "a", "label": "a", "state": "failed", "note": "0.1 s"},
            {"id": "b", "label": "B", "state": "", "note": ""},
        ],
        "edges": [["a", "b"], ["b", "x"]],
    }
