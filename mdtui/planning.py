"""Dry runs: what a key or a command would start, and what the preflight says.

Planning reads the workspace and writes nothing; `Workspace.submit` carries a plan out.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Sequence

from mdtui import facts
from mdtui.core import commands, preflight
from mdtui.core.errors import UsageError
from mdtui.core.experiments import Experiment
from mdtui.core.jobs import Job, Reason, State, new_job_id
from mdtui.core.model import BestReport, Finding, LaunchPlan, Level
from mdtui.core.settings import Settings
from mdtui.survey import Survey
from meta_dataset import run_files
from meta_dataset.run_files import EVALUATION_DATASETS, ExperimentRoot


class Planner:
    """Makes the plans of one workspace.

    Args:
      root: where runs lie.
      settings: how the trainer is started.
      survey: what is true of the workspace.
    """

    def __init__(self, root: ExperimentRoot, settings: Settings, survey: Survey):
        self._root = root
        self._settings = settings
        self._survey = survey

    def launch(self, experiment: Experiment) -> LaunchPlan:
        """Returns the plan of training `experiment`, or of making its links."""
        if experiment.links_to:
            return self._link(experiment, experiment.links_to)
        job = self._job(
            kind="train",
            experiment=experiment,
            run=experiment.name,
            command=commands.training(experiment, self._root, self._settings),
            num_updates=experiment.num_updates,
        )
        return LaunchPlan(
            title=f"Train {experiment.name}",
            command_lines=(commands.shell_line(job.command),),
            findings=self._examine(experiment),
            jobs=(job,),
        )

    def resume(self, experiment: Experiment) -> LaunchPlan:
        """Returns the plan of going on from the last checkpoint.

        The newest job runs its very command again; a run that no job of this
        workspace made gets one.

        Raises:
          UsageError: there is nothing to go on from.
        """
        name = experiment.name
        checkpoint = run_files.latest_checkpoint(self._root.checkpoints(name))
        newest = self._survey.newest_job(name)
        if newest is None and checkpoint is None:
            raise UsageError(
                f"{name} has no checkpoint to resume from. "
                f"Launch it: mdtui launch {name}"
            )
        if newest is None:
            return self.launch(experiment)
        return LaunchPlan(
            title=f"Resume {name} from update {checkpoint or 0}",
            command_lines=(commands.shell_line(newest.job.command),),
            findings=self._examine(experiment),
            resumes=newest.job.id,
        )

    def evaluations(
        self,
        experiment: Experiment,
        best: BestReport,
        datasets: Sequence[str] | None,
    ) -> LaunchPlan:
        """Returns the plan of evaluating the selected checkpoint.

        Args:
          experiment: what was trained.
          best: its selected checkpoint.
          datasets: which ones; None for those of the ten that this very checkpoint
            was not evaluated on yet and is not being evaluated on.

        Raises:
          UsageError: an unknown dataset.
        """
        wanted = tuple(datasets or EVALUATION_DATASETS)
        unknown = [each for each in wanted if each not in EVALUATION_DATASETS]
        if unknown:
            known = ", ".join(EVALUATION_DATASETS)
            raise UsageError(f"Unknown dataset '{unknown[0]}'. Known: {known}.")
        jobs = [self._evaluation_job(experiment, each, best) for each in wanted]
        if datasets is None:
            jobs = [job for job in jobs if not self._is_settled(job)]
        count = f"{len(jobs)} dataset{'' if len(jobs) == 1 else 's'}"
        return LaunchPlan(
            title=f"Evaluate {experiment.name} at update {best.update} on {count}",
            command_lines=tuple(commands.shell_line(job.command) for job in jobs),
            findings=preflight.examine_evaluation(
                best,
                facts.evaluation_datasets(
                    self._settings, [job.dataset for job in jobs if job.dataset]
                ),
                records=self._settings.records,
                writable=facts.is_writable(self._root.root),
                nothing_left=not jobs,
            ),
            jobs=tuple(jobs),
        )

    def examine_everything(
        self, catalogue: Sequence[Experiment]
    ) -> tuple[Finding, ...]:
        """Returns what holds for every launch, and the all-source limits.

        The experiment that trains on the most datasets is the most demanding one;
        what is particular to a single experiment is left out.
        """
        usable = [each for each in catalogue if not each.problem and not each.hidden]
        if not usable:
            text = "The experiment folders hold no usable gin file."
            return (Finding(Level.STOP, "experiments", text, "Set experiments.gin."),)
        widest = max(usable, key=lambda each: len(each.train_datasets))
        gathered = facts.gather(widest, self._root, self._settings, {})
        return preflight.examine_machine(widest, gathered)

    def _examine(self, experiment: Experiment) -> tuple[Finding, ...]:
        active_runs = {
            view.job.run: view.job.id
            for view in self._survey.jobs()
            if view.state is not State.ENDED
        }
        return preflight.examine(
            experiment,
            facts.gather(experiment, self._root, self._settings, active_runs),
        )

    def _link(self, experiment: Experiment, target: str) -> LaunchPlan:
        folders = (self._root.checkpoints, self._root.summaries)
        links = tuple((str(folder(experiment.name)), target) for folder in folders)
        ready = run_files.latest_checkpoint(self._root.checkpoints(target)) is not None
        present = any(os.path.lexists(link) for link, _ in links)
        return LaunchPlan(
            title=f"Link {experiment.name} to {target}",
            command_lines=tuple(
                commands.shell_line(("ln", "-s", target, link)) for link, _ in links
            ),
            findings=(_examine_link(experiment.name, target, ready, present),),
            links=links,
        )

    def _evaluation_job(
        self, experiment: Experiment, dataset: str, best: BestReport
    ) -> Job:
        return self._job(
            kind="evaluate",
            experiment=experiment,
            run=self._root.evaluation_run(experiment.name, dataset),
            dataset=dataset,
            command=commands.evaluation(
                experiment, dataset, best.update, self._root, self._settings
            ),
        )

    def _job(
        self,
        *,
        kind: str,
        experiment: Experiment,
        run: str,
        command: tuple[str, ...],
        dataset: str | None = None,
        num_updates: int | None = None,
    ) -> Job:
        now = time.time()
        return Job(
            id=new_job_id(now, run, random.SystemRandom()),
            kind=kind,
            experiment=experiment.name,
            run=run,
            dataset=dataset,
            command=command,
            working_directory=self._settings.trainer_directory or str(self._root.root),
            environment=(),
            gpus=1,
            num_updates=num_updates,
            after=(),
            submitted=now,
        )

    def _is_settled(self, job: Job) -> bool:
        """Whether the same evaluation is done or on its way."""
        newest = self._survey.newest_job(job.run)
        if newest is None:
            done = {
                each.dataset
                for each in self._survey.results(job.experiment)
                if each.state == "done"
            }
            return job.dataset in done
        if newest.job.command != job.command:
            return False
        return newest.state is not State.ENDED or newest.reason is Reason.DONE


def _examine_link(name: str, target: str, ready: bool, present: bool) -> Finding:
    if present:
        return Finding(Level.STOP, "link", f"{name} is there already.")
    if not ready:
        text = f"{target} has no checkpoint yet; the k-NN baseline is a link to it."
        return Finding(Level.STOP, "link", text, f"mdtui launch {target}")
    text = f"The k-NN baseline is not trained again: it is {target}."
    return Finding(Level.OK, "link", text)
