"""Beat the lab with two readers at once: one leads in Chinese, one joins in English and plays."""

from __future__ import annotations

import re


def test_a_class_of_two_plays_and_the_best_recipe_is_compared(own_app, visit):
    leader = visit(own_app, "/train?view=contest", lang="zh")
    leader.press("room_open")
    leader.page.wait_for_url(re.compile(r"code=\w{5}"))
    code = re.search(r"code=(\w{5})", leader.page.url)[1]
    leader.sees("本应用目前只服务本机")  # a loopback address is never made a QR code
    assert leader.page.locator("img[alt='房间二维码']").count() == 0
    team = visit(own_app, "/train?view=contest", dark=True, width=390)
    box = team.widget("room_code").locator("input")
    box.fill(code.lower())
    team.widget("room_name").locator("input").fill("Otters <i>")
    team.press("room_join")
    team.sees(f"Otters <i> in room {code}")
    team.press("room_play")
    team.page.locator("td[data-label='Score']").first.wait_for(timeout=300_000)
    team.settle()
    score = team.page.locator("td[data-label='Score']").first.inner_text()
    assert score.startswith("CNY ")
    assert team.fits()
    leader.page.get_by_text("Otters <i>").first.wait_for(timeout=300_000)
    leader.keep("contest_lead_zh")
    team.keep("contest_team_en_dark_390")
    leader.settle()
    leader.press("room_best")
    leader.page.wait_for_url(re.compile("/compare.*run="), timeout=60_000)
    jobs = list((own_app.runs / ".jobs").glob("*.json"))
    assert any("own_" in job.read_text() for job in jobs)
