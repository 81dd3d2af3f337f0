"""GPUs as read at one moment, and what their state allows.

Readings are made elsewhere (`executors.gpu_readings`); here is only what they mean.
A device is a whole GPU or one MIG instance, always named by its UUID: numbers differ
between NVML and CUDA.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

# A device counts as empty when this share of its memory is free. The driver itself
# holds a few hundred MiB; a process that NVML cannot see from inside a container
# holds far more.
EMPTY_SHARE = 0.9


@dataclass(frozen=True)
class GpuProcess:
    """A process that computes on a device.

    Attributes:
      pid: its number, as far as it is visible from here.
      memory_mib: memory it holds there; None where the driver does not say.
    """

    pid: int
    memory_mib: int | None = None


@dataclass(frozen=True)
class Gpu:
    """One reading of one device.

    Attributes:
      uuid: `GPU-...` or `MIG-...`.
      name: the product's name.
      memory_total_mib: its memory.
      memory_used_mib: what of it is in use, by anyone.
      utilization: percent of the last moments in which it computed; None where the
        driver does not say (MIG), which is not 0.
      processes: who computes on it.
    """

    uuid: str
    name: str
    memory_total_mib: int
    memory_used_mib: int
    utilization: int | None = None
    processes: tuple[GpuProcess, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nobody computes on it and its memory is free."""
        free = self.memory_total_mib - self.memory_used_mib
        return not self.processes and free >= EMPTY_SHARE * self.memory_total_mib


def free_gpus(gpus: Sequence[Gpu], assigned: Collection[str]) -> tuple[str, ...]:
    """Returns the UUIDs of the devices that a job can have, in the order read.

    A device is assigned from the decision to start until the job ended, whether its
    process shows there yet or not; after that it is free once its memory is.

    Args:
      gpus: a reading of every device.
      assigned: UUIDs that jobs of ours have.
    """
    return tuple(g.uuid for g in gpus if g.is_empty and g.uuid not in assigned)


def describe(gpu: Gpu, runs: Sequence[str]) -> str:
    """Returns one line about a device: load, memory, whose processes.

    Args:
      gpu: its reading.
      runs: names of our runs that have it.
    """
    load = "  n/a" if gpu.utilization is None else f"{gpu.utilization:3d} %"
    used, total = gpu.memory_used_mib / 1024, gpu.memory_total_mib / 1024
    if runs:
        whose = ", ".join(runs)
    elif gpu.is_empty:
        whose = "free"
    else:
        whose = "in use by others"
    return f"{gpu.name}  {gpu.uuid}  {load}  {used:.1f} / {total:.1f} GiB  {whose}"


def device_environment(
    assigned: Sequence[str], machine_has_gpus: bool
) -> tuple[tuple[str, str], ...]:
    """Returns the variables that show a job its devices and no others.

    Args:
      assigned: UUIDs that the job has; empty for the CPU.
      machine_has_gpus: whether there are devices to hide from it.
    """
    if not machine_has_gpus:
        return ()
    return (
        ("CUDA_DEVICE_ORDER", "PCI_BUS_ID"),
        ("CUDA_VISIBLE_DEVICES", ",".join(assigned)),
    )
