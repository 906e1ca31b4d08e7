"""diners: visitors who want to see all that there is."""

from __future__ import annotations

from locust import task

from loadtest.visitor import Visitor


class Diner(Visitor):
    """Opens the whole menu."""

    weight = 1

    @task
    def open_the_menu(self) -> None:
        """Open the whole menu."""
        self.client.get("/menu", name="/menu")
