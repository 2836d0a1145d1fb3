from bigflow import Job, Workflow


class Step(Job):
    def execute(self, context):
        pass


spaces = Workflow("daily sales", [Step("load it")])
polish = Workflow("sprzedaż", [Step("załaduj")])
long = Workflow("w" * 251, [Step("j" * 251)])
no_id = Workflow("", [Step()])
bad_cron = Workflow("bad_cron", [Step("one")], schedule_interval="0 25 * * *")
bad_preset = Workflow("bad_preset", [Step("one")], schedule_interval="@dayly")
bad_zone = Workflow("bad_zone", [Step("one")], timezone="Europe/Warszawa")
never = Workflow("never", [Step("one")], schedule_interval="0 0 30 2 *")
bad_settings = Workflow("bad_settings", [Step("one", retry_count=-1)])
