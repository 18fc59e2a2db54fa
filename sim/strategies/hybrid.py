"""The three pillars together: models choose, trained people talk, the process is kept to."""

from __future__ import annotations

from dataclasses import replace

from sim.core.domain import Organisation
from sim.scenario import Text
from sim.strategies.ai import AI

HYBRID = replace(
    AI,
    name="hybrid",
    title=Text(en="Three pillars", zh="三位一体"),
    why=Text(
        en="Team, process and models at once: each costs seats, and what they add overlaps.",
        zh="团队、流程与模型同时上：三者都占用坐席成本，效果也有重叠。",
    ),
    organisation=Organisation(
        hire_skill=0.1,
        wage_factor=1.05,
        training_hours=3.0,
        shared_notes=True,
        coaching_hours=2.0,
        inspection=0.05,
        knowledge=0.5,
        purse_share=0.07,
        bot_ports=5.0,
        letter_share=0.3,
        repair=0.8,
        fixed_monthly=900_000.0,
        one_off=10_000_000.0,
        own_seats=6.0,
        lead_months=3.0,
        ramp_months=6.0,
    ),
)
