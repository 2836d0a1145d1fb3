"""Each variant's tests run with the variant's own pyproject.toml."""

import unittest
from pathlib import Path

from shop.workflow import daily


class DailyTest(unittest.TestCase):
    def test_it_is_there(self) -> None:
        self.assertEqual(daily.workflow_id, "daily")

    def test_pyproject_is_that_of_a_variant(self) -> None:
        self.assertIn('name = "dual"', Path("pyproject.toml").read_text(encoding="utf-8"))
