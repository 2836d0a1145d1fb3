"""One workflow that writes an order, and reads it back."""

from bigflow import Job, JobContext, Workflow

from shop.protos.deep.place_pb2 import Place
from shop.protos.money_pb2 import Money
from shop.protos.order_pb2 import Order


class Write(Job):
    id = "write"

    def execute(self, context: JobContext) -> None:
        order = Order(price=Money(cents=350), to=Place(street="Long Lane"))
        print(Order.FromString(order.SerializeToString()).price.cents)


orders = Workflow(workflow_id="orders", definition=[Write()], start_date="2026-01-01", schedule_interval="@daily")
