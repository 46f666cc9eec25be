"""A trial: cases, a judge, and a run on all CPUs that counts the verdicts and shortens what breaks a rule.

This module knows no URL and no client.
"""

from __future__ import annotations

import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from random import Random
from typing import NamedTuple, TypeAlias

CHUNK = 5_000
"""Cases to a task; each has a generator of its own, so that the CPUs do not change what is tried."""

MOST_TRIES = 400
"""To shorten one case."""


class Case(NamedTuple):
    """A base URL and a text that a caller, or a server, might give for a URL."""

    base: str
    text: str


class Broken(Exception):
    """A rule is broken.

    Args:
        rule: What is broken, in words that are the same for all cases of one fault.
        detail: What was seen.
    """

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(rule, detail)
        self.rule = rule
        self.detail = detail


class Finding(NamedTuple):
    """The shortest case seen that breaks a rule."""

    case: Case
    detail: str
    chunk: int


@dataclass(frozen=True)
class Trial:
    """What is tried.

    Args:
        name: For the command line and the report.
        count: How many cases, unless another number is asked for.
        generate: Gives a case.
        judge: Gives a word for what became of it, or raises `Broken`.
    """

    name: str
    count: int
    generate: Callable[[Random], Case]
    judge: Callable[[Case], str]


Task: TypeAlias = tuple[Trial, str, int, int]
Outcome: TypeAlias = tuple[Counter[str], dict[str, Finding]]


def run(trial: Trial, seed: str, count: int, processes: int) -> bool:
    """Run a trial, print its figures and what it has found; tell whether nothing broke."""
    begin = time.perf_counter()
    verdicts: Counter[str] = Counter()
    findings: dict[str, Finding] = {}
    for some_verdicts, some_findings in _outcomes(list(_tasks(trial, seed, count)), processes):
        verdicts.update(some_verdicts)
        for rule, finding in some_findings.items():
            _keep_shorter(findings, rule, finding)
    seconds = time.perf_counter() - begin
    print(f"{trial.name}: {verdicts.total():,} cases in {seconds:.1f} s, {processes} processes, seed {seed}")
    for verdict, number in verdicts.most_common():
        print(f"  {number:>11,}  {verdict}")
    for rule, (case, detail, chunk) in findings.items():
        print(f"BROKEN {rule}\n  {case}\n  {detail}\n  trial {trial.name}, seed {seed}, chunk {chunk}")
    print(flush=True)
    return not findings


def _tasks(trial: Trial, seed: str, count: int) -> Iterator[Task]:
    for chunk, start in enumerate(range(0, count, CHUNK)):
        yield trial, seed, chunk, min(CHUNK, count - start)


def _outcomes(tasks: list[Task], processes: int) -> Iterator[Outcome]:
    if processes == 1:
        yield from map(judged, tasks)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(judged, tasks)


def cpus() -> int:
    """How many processes to use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def judged(task: Task) -> Outcome:
    """Judge the cases of a task."""
    trial, seed, chunk, count = task
    logging.disable()  # each credential withheld is logged
    random = Random(f"{seed}/{trial.name}/{chunk}")
    verdicts: Counter[str] = Counter()
    findings: dict[str, Finding] = {}
    for _ in range(count):
        case = trial.generate(random)
        try:
            verdicts[trial.judge(case)] += 1
        except Broken as broken:
            verdicts[f"BROKEN {broken.rule}"] += 1
            if broken.rule not in findings or len(case.text) < len(findings[broken.rule].case.text):
                _keep_shorter(findings, broken.rule, _shortened(trial, case, broken, chunk))
    return verdicts, findings


def _keep_shorter(findings: dict[str, Finding], rule: str, finding: Finding) -> None:
    if rule not in findings or len(finding.case.text) < len(findings[rule].case.text):
        findings[rule] = finding


def _shortened(trial: Trial, case: Case, broken: Broken, chunk: int) -> Finding:
    """Leave out what is not needed to break the rule: halves, quarters and so on, then single characters."""
    size = len(case.text)
    tries = MOST_TRIES
    while size and tries > 0:
        at, before = 0, case
        while at < len(case.text) and (tries := tries - 1) > 0:
            shorter = case._replace(text=case.text[:at] + case.text[at + size :])
            again = _breaks(trial, shorter)
            if again is not None and again.rule == broken.rule:
                case, broken = shorter, again
            else:
                at += size
        size = size // 2 if size > 1 or case == before else 1
    return Finding(case, broken.detail, chunk)


def _breaks(trial: Trial, case: Case) -> Broken | None:
    try:
        trial.judge(case)
    except Broken as broken:
        return broken
    return None
