"""The tests find what was generated, wherever they run."""

import subprocess
import sys
import unittest

from shop.protos.order_pb2 import Order


class OrderTest(unittest.TestCase):
    def test_it_has_a_price(self) -> None:
        self.assertEqual(Order(price={"cents": 3}).price.cents, 3)

    def test_a_python_that_a_test_starts_finds_it_too(self) -> None:
        program = "from shop.protos import order_pb2; print(order_pb2.Order.DESCRIPTOR.full_name)"
        said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
        self.assertEqual(said.strip(), "shop.Order")
