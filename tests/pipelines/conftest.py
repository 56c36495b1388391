from tests.providers.simulated import attempt, simulator_process, world

__all__ = ["attempt", "simulator_process", "world"]
